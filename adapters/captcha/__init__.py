"""Security code shown before a password renewal: its picture and its sound.

`assets`         pre-made sprites and clips of the ten digits, and the scripts that make them
`background`     backgrounds of a picture, drawn for it alone
`digits`         four digits, seen or heard: the security code of the guide
`inbox`          the digits, with their answers laid open in the inbox
`lengths`        lengths of spoken digits, drawn for each sound
`own_stock`      a stock of a deployment's own: the packaged one, bent by its own chance
`picture`        picture of a security code
`proof_of_work`  proof of work (altcha): the security code for those whom neither serves
`stock`          read-only stock of the pre-made pieces which pictures and sounds are composed from
`voice`          sound of a security code, for people who cannot read its picture
"""
