"""Pre-made sprites and clips of the ten digits, and the scripts that make them.

`build`          make ``sprites.zip`` and ``clips.zip``
`clip_making`    spoken digits and hiss of the sounds (build time only)
`sprite_making`  shapes of the digits and backgrounds of the pictures (build time only)
"""
