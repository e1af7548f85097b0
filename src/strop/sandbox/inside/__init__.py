"""What runs inside the target interpreter: standard library only, any CPython from 3.9 on."""
