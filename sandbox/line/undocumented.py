"""Sentences of refusals for which LINE documents no wording: ours, all in one table. What LINE documents is its own.

Nothing should depend on these words, only on the status and on the property that a detail names.
"""

# The whole request.
TOO_LARGE = "Request entity too large"
RETRY_KEY_NOT_TAKEN = "The header, {name}, is not supported by this API"
BAD_VALUE = "The value for the '{name}' {what} is invalid"
TOO_MANY_FOR_ONE = "Too many messages have been sent to this user"

# Rich menus.
BAD_MENU_IMAGE = "The image could not be read"
MENU_WITHOUT_IMAGE = "must upload richmenu image before applying it to user"
TOO_MANY_ALIASES = "The number of aliases must be no more than {most}"
TOO_MANY_MENUS = "The number of rich menus must be no more than {most}"
TOO_TALL = "The ratio of width to height must be at least {ratio}"
UNLINK_ALL_ALONE = "unlinkAll cannot stand beside other operations"

# Details of message objects.
AT_LEAST = "Must be at least {lowest}"
BAD_CHARACTERS = "invalid characters"
BAD_DATE = "invalid date or time"
BAD_EMOJI = "invalid emoji"
BAD_KEY = "invalid key"
BAD_NAME = "The name contains a word that may not be used"
BAD_QUOTE_TOKEN = "invalid quote token"
BAD_STICKER = "invalid sticker"
LONE_BRACE = "A brace that is no placeholder must be written twice"
NO_COUPON = "The coupon does not exist"
NO_MEMBER = "The user is not a member of this chat"
NO_PLACEHOLDER = "must be the index of a placeholder"
NOT_DEFINED = "The placeholder, {name}, is not defined"
TOO_MANY_OF_KIND = "Size of {kind} must be between 0 and {most}"

# Details of flex messages.
TOO_MANY_ANIMATED = "animated images must be no more than {most}"
TOO_MANY_BYTES = "must be no more than {most} bytes"
TOO_MANY_BUBBLES = "size must be between 1 and {most}"
UNLIKE_SIZES = "all bubbles must have the same size"
