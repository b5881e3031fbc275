"""Elements: text is text, whatever it looks like."""

import pytest

from streams.report.elements import element, markup, table


@pytest.mark.parametrize(
    ("content", "written"),
    [
        pytest.param("a < b & c", "a &lt; b &amp; c", id="signs"),
        pytest.param("<script>", "&lt;script&gt;", id="element"),
        pytest.param('"quoted"', "&quot;quoted&quot;", id="quotes"),
        pytest.param(12, "12", id="number"),
        pytest.param(None, "", id="nothing"),
        pytest.param(["a", ["b", element("i", "c")]], "ab<i>c</i>", id="several"),
    ],
)
def test_content_is_escaped_unless_it_is_an_element(content, written):
    """Nested as deep as it may be."""
    assert written == markup(content)


def test_attributes_are_escaped_and_left_out_where_there_is_none():
    """A value cannot end its quotes; True stands alone."""
    made = element("a", "x", href='#"><b>', class_=None, aria_label="it's", hidden=True, open=False)

    assert str(made) == '<a href="#&quot;&gt;&lt;b&gt;" aria-label="it&#x27;s" hidden>x</a>'


def test_an_empty_element_has_no_end():
    """A line break holds nothing."""
    assert str(element("br")) == "<br>"


def test_a_table_tells_what_heads_what():
    """A caption, columns and rows with their scope, figures flush right."""
    made = str(table("Volumes", ["Origin", ("Tonnes", "num")], [("CN", "5")]))

    assert "<caption>Volumes</caption>" in made
    assert '<th scope="col" class="num">Tonnes</th>' in made
    assert '<th scope="row">CN</th><td class="num">5</td>' in made
