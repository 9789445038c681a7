"""What `doctor` looks at: this machine, the configuration, models, engines and servers; each check yields findings.

A check imports what it needs when it runs: a machine on which something is broken must still be told what.
"""
