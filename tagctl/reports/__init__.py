"""What workflows return: plain frozen values that render/ draws and --format json prints as they are.

Instants are Unix seconds (UTC); render turns them into local or ISO times. No report holds translated
words, except `Problem` texts and `Wording`s.
"""
