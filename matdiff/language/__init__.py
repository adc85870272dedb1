"""The language: text to typed expressions and back.

lexical, pairing (text to words) · syntax (words to a surface tree) · infer, meaning (kinds, sizes, which operation) ·
elaborate (to `Expr`) · problem, rule_text (whole texts) · write (`Expr` to text and LaTeX).
"""
