"""The Amazon States Language, pure: definitions checked, paths, intrinsic functions, payload templates, choices, JSONata.

https://states-language.net/spec.html
"""
