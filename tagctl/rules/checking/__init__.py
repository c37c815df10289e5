"""What can be said of conditions without any data: what never holds, always holds, follows, can meet.

`facts` reads a leaf as facts about a subject, `edges` orders numbers, dates and times before the as-of,
`known` collects what a case says of one subject, `implications` says what one subject tells of another,
`proofs` puts cases together, `evaluation` and `examples` find a customer who meets two rules, `advice`
says it all.

A proof holds for every customer at every as-of. Where nothing is proved, nothing is said.
"""
