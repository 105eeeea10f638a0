"""HTML is built from escaped parts."""

import pytest

from nncli.report.page.markup import Html, element, escaped, joined


@pytest.mark.parametrize(
    ("text", "markup"),
    [
        ("<script>", "&lt;script&gt;"),
        ("a & b", "a &amp; b"),
        ("\"'", "&quot;&#x27;"),
        ("two\nlines", "two\nlines"),
        ("a\u202eb\x00\x1b", "a\\u202eb\\x00\\x1b"),
        ("\ud800", "\\ud800"),
    ],
)
def test_texts_are_escaped(text, markup):
    assert escaped(text) == markup
    assert element("td", text, title=text) == f'<td title="{markup}">{markup}</td>'


def test_markup_stays_markup():
    inner = element("b", "<")
    assert element("p", "1 ", inner, None) == "<p>1 <b>&lt;</b></p>"
    assert joined(inner, "&") == "<b>&lt;</b>&amp;"
    assert isinstance(joined("x"), Html)


def test_attributes():
    assert element("th", "x", data_seed=0, scope="col", hidden=True, title=None, disabled=False) == (
        '<th data-seed="0" scope="col" hidden>x</th>'
    )
    assert element("br", class_="x") == '<br class="x">'
    with pytest.raises(ValueError, match="onclick="):
        element("p", **{"onclick=": "x"})
