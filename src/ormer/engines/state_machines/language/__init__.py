"""The Amazon States Language, pure: definitions checked, paths, intrinsic functions, templates, choices, JSONata.

https://states-language.net/spec.html
"""
