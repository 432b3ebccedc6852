"""An issuer of tokens that the demo has: anybody signs in there, as whatever they choose. No other
process has it, and none believes it.

`address`  where it is, and how its tokens are known
`front_door`  leads people to the page that has it
`grants`   codes and refresh tokens, each good for one use
`issuer`   what it answers, as OpenID Connect has it: keys, sign-in, tokens
`pages`    its addresses, and the page on which a role is chosen
`roles`    who one can be, and what that allows
"""
