"""Labels as people write them: what they are about, and which tags a list of them proposes. Pure."""
