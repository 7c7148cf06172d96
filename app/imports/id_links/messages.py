"""Sentences that say why a line or a file cannot be used."""

from __future__ import annotations

from app.core import error_messages
from app.core.i18n import Text, _l

# Of the whole file: nothing after it was read.
OF_FILE: dict[str, Text] = {
    "empty": _l("The file is empty. Its first line must be line_user_id,user_id."),
    "bom": _l("The file begins with a byte order mark (BOM). Save it as UTF-8 without BOM."),
    "utf16": _l("The file is encoded as UTF-16. Save it as UTF-8 without BOM."),
    "header_swapped": _l("The columns are the wrong way round. The first line must be line_user_id,user_id."),
    "header_extra": _l("The header has more columns than line_user_id,user_id. Remove the others."),
    "header_missing": _l("The header is missing. The first line must be line_user_id,user_id."),
    "header_blank": _l("The first line is blank. It must be line_user_id,user_id."),
    "header_other": _l("The first line is not the header. It must be exactly line_user_id,user_id."),
}
OF_LINE: dict[str, Text] = {
    "blank": _l("The line is blank, and more rows follow."),
    "columns_missing": _l("The row has one column instead of two."),
    "columns_extra": _l("The row has more than two columns. Put a user ID that holds a comma between quotation marks."),
    "columns_swapped": _l("The two columns are the wrong way round in this row."),
    "line_user_id_empty": _l("The LINE user ID is missing."),
    "line_user_id_sample": _l("This is a sample from the documentation, not a LINE user ID."),
    "line_user_id_start": _l("The LINE user ID does not begin with U."),
    "line_user_id_length": _l("The LINE user ID does not have 33 characters."),
    "line_user_id_letters": _l("The LINE user ID holds something other than letters and digits."),
    "user_id_empty": _l("The user ID is missing."),
    "user_id_too_long": _l("The user ID has more than 191 characters."),
    "user_id_rounded": _l(
        "A spreadsheet has rounded this user ID. Take the original file, format the column as text, and save it again."
    ),
    "user_id_date": _l(
        "A spreadsheet has made a date of this user ID. Take the original file, format the column as text, and save it"
        " again."
    ),
    "user_id_shared": _l("The user ID belongs to another LINE user too, which this account does not allow."),
    "nul": _l("The line holds a NUL byte."),
    "shift_jis": _l("The line is not UTF-8 but looks like Shift_JIS. Save the file as UTF-8 without BOM."),
    "not_utf8": _l("The line is not valid UTF-8. Save the file as UTF-8 without BOM."),
    "unclosed_quote": _l("A quotation mark is opened in this line and never closed."),
    "after_quote": _l("Something follows a closing quotation mark. Write a quotation mark inside a value twice."),
    "quote_inside": _l("A quotation mark stands inside a value that does not begin with one."),
    "lone_return": _l("A carriage return stands without a line feed. End lines with LF or CRLF."),
    "line_too_long": _l("The line is too long to be a row of this file."),
}
OF_RUN: dict[str, Text] = {
    "invalid_rows": _l("Lines that cannot be used: %(count)s. Nothing was changed. Correct them and import again."),
    "one_invalid_row": _l("One line cannot be used, so nothing was changed. Correct it and import again."),
    "file_lost": _l("The uploaded file was lost when the database restarted. Nothing was changed; import it again."),
}
PREFIX = "id_links."

error_messages.register({PREFIX + code: sentence for code, sentence in {**OF_FILE, **OF_LINE, **OF_RUN}.items()})


def sentence(code: str) -> str:
    """The sentence for the code of a fault, in the reader's language."""
    return error_messages.sentence(PREFIX + code)
