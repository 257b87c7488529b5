"""The switch's rules, in plain Python: state in, changed state and effects out."""
