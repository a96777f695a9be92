"""What platforms send, in their own forms, made into the one form of `submission`: one file for each platform.

An adapter is pure: bytes, headers and a time go in, items come out, and nothing is fetched or written. `registry` knows
which there are, `profile` what each of them can do and against which pages of the platform it was checked.
"""
