"""A municipality's colours, computed from the one colour it gives us.

Designsystemet asks for a scale of sixteen steps for every named colour, in light and in dark.
Its command line tool makes them; we make the same here, so that no Node is needed and a
municipality changes its colour by changing one value. Source of the recipe: the CLI
@digdir/designsystemet (MIT): every step has a target luminance in each scheme, and the colour is
mixed with black or white until it has it. Against the CLI's own output the difference is at most
two of 255 in any channel.

Nothing here knows about municipalities in the database: a colour goes in, CSS comes out.
"""

from math import atan2, cos, hypot, sin
from re import fullmatch

Colour = tuple[float, float, float]

# Paper, ink and grey are the same in all municipalities; only the accent is their own.
WARM_NEUTRAL = "#463d2e"

BLACK: Colour = (0.0, 0.0, 0.0)
WHITE: Colour = (255.0, 255.0, 255.0)

# Step: relative luminance in the light and in the dark scheme.
LUMINANCE_OF_STEP = {
    "background-default": (1.0, 0.009),
    "background-tinted": (0.9, 0.014),
    "surface-default": (1.0, 0.021),
    "surface-tinted": (0.81, 0.027),
    "surface-hover": (0.7, 0.036),
    "surface-active": (0.59, 0.056),
    "border-subtle": (0.5, 0.08),
    "border-default": (0.19, 0.22),
    "border-strong": (0.11, 0.39),
    "text-subtle": (0.11, 0.39),
    "text-default": (0.0245, 0.84),
}

# In the dark scheme strong colours glow; the CLI keeps seven tenths of the chroma there.
CHROMA_KEPT_IN_DARK = 0.7


def parse_colour(text: str) -> Colour:
    """The channels of `#rrggbb`; any other text is refused with ValueError."""
    if not fullmatch(r"#[0-9a-fA-F]{6}", text):
        raise ValueError(f"a colour is written #rrggbb, not {text!r}")
    return (float(int(text[1:3], 16)), float(int(text[3:5], 16)), float(int(text[5:7], 16)))


def to_hex(colour: Colour) -> str:
    """`#rrggbb`, each channel rounded and kept between 0 and 255."""
    return "#" + "".join(f"{min(255, max(0, int(channel + 0.5))):02x}" for channel in colour)


def rounded(colour: Colour) -> Colour:
    """The colour a screen shows: whole channels."""
    return parse_colour(to_hex(colour))


def linear(channel: float) -> float:
    """A channel without sRGB's gamma, 0 to 1 (IEC 61966-2-1)."""
    part = channel / 255
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


def gamma_encoded(light: float) -> float:
    """The reverse of `linear`."""
    return 255 * (12.92 * light if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055)


def luminance(colour: Colour) -> float:
    """Relative luminance, 0 to 1 (WCAG 2.2)."""
    return 0.2126 * linear(colour[0]) + 0.7152 * linear(colour[1]) + 0.0722 * linear(colour[2])


def contrast(one: Colour, other: Colour) -> float:
    """Contrast ratio, 1 to 21 (WCAG 2.2)."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def lightness(colour: Colour) -> float:
    """CIE L*, 0 to 100."""
    light = luminance(colour)
    return float(116 * light ** (1 / 3) - 16) if light > 0.008856 else 903.3 * light


def luminance_of_lightness(value: float) -> float:
    """Luminance of the grey with this CIE L*, after rounding to a screen's grey as the CLI does."""
    grey = gamma_encoded(((value + 16) / 116) ** 3 if value > 8 else value / 903.3)
    return luminance(rounded((grey, grey, grey)))


def mixed_to(colour: Colour, wanted: float) -> Colour:
    """The colour mixed with black or white until it has the wanted luminance."""
    if wanted <= 0:
        return BLACK
    if wanted >= 1:
        return WHITE
    darker, lighter = (BLACK, colour) if luminance(colour) > wanted else (colour, WHITE)
    middle = darker
    for _ in range(24):  # halves 255 steps to far below one
        middle = (
            (darker[0] + lighter[0]) / 2,
            (darker[1] + lighter[1]) / 2,
            (darker[2] + lighter[2]) / 2,
        )
        if luminance(middle) > wanted:
            lighter = middle
        else:
            darker = middle
    return middle


def with_less_chroma(colour: Colour, kept: float) -> Colour:
    """The colour with a part of its chroma, in OKLCH (Ottosson 2020, https://bottosson.github.io/posts/oklab/)."""
    red, green, blue = (linear(channel) for channel in colour)
    long = (0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue) ** (1 / 3)
    medium = (0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue) ** (1 / 3)
    short = (0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue) ** (1 / 3)
    light = 0.2104542553 * long + 0.793617785 * medium - 0.0040720468 * short
    a = 1.9779984951 * long - 2.428592205 * medium + 0.4505937099 * short
    b = 0.0259040371 * long + 0.7827717662 * medium - 0.808675766 * short
    chroma, hue = hypot(a, b) * kept, atan2(b, a)
    a, b = chroma * cos(hue), chroma * sin(hue)
    long = (light + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (light - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (light - 0.0894841775 * a - 1.291485548 * b) ** 3
    red = 4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short
    green = -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short
    blue = -0.0041960863 * long - 0.7034186147 * medium + 1.707614701 * short
    return (on_screen(red), on_screen(green), on_screen(blue))


def on_screen(light: float) -> float:
    """A linear channel as 0 to 255, what lies outside the screen's range cut off."""
    return min(255.0, max(0.0, gamma_encoded(max(0.0, light))))


def filled_steps(own: Colour, *, dark: bool) -> dict[str, str]:
    """The five `base` steps: a filled surface in the municipality's colour and the text on it.

    In light the colour is left as it is. In dark its lightness is turned round, but never below
    70 for a very dark colour. Text on it is black or white, whichever has the higher contrast.
    """
    value = lightness(own)
    if dark:
        value = 70.0 if value <= 30 else 100 - value
    step = -8 if value <= 30 or 49 <= value <= 65 else 8
    base = rounded(mixed_to(own, luminance_of_lightness(value))) if dark else own
    on_white = contrast(base, WHITE) >= contrast(base, BLACK)
    shown = lightness(base)
    distance = 60 if shown <= 40 or shown >= 60 else 50
    quiet = min(100.0, shown + distance) if on_white else max(0.0, shown - distance)
    return {
        "base-default": to_hex(base),
        "base-hover": to_hex(mixed_to(own, luminance_of_lightness(value - step))),
        "base-active": to_hex(mixed_to(own, luminance_of_lightness(value - 2 * step))),
        "base-contrast-subtle": to_hex(mixed_to(base, luminance_of_lightness(quiet))),
        "base-contrast-default": "#ffffff" if on_white else "#000000",
    }


def scale(colour: str, *, dark: bool = False) -> dict[str, str]:
    """All sixteen steps of one colour for one scheme, by the names Designsystemet uses."""
    own = parse_colour(colour)
    mixed = rounded(with_less_chroma(own, CHROMA_KEPT_IN_DARK)) if dark else own
    steps = {name: to_hex(mixed_to(mixed, wanted[dark])) for name, wanted in LUMINANCE_OF_STEP.items()}
    return steps | filled_steps(own, dark=dark)


def declarations(name: str, colour: str, *, dark: bool) -> str:
    """The custom properties of one named colour."""
    return "".join(f"--ds-color-{name}-{step}:{value};" for step, value in scale(colour, dark=dark).items())


def stylesheet(colour: str) -> str:
    """The municipality's style sheet: its accent and the neutral all share, light and dark.

    It goes into the layer `town`, which stands after Designsystemet's theme and before ours.
    Refuses a colour that is not `#rrggbb` with ValueError.
    """
    light, dark = (
        declarations("accent", colour, dark=scheme) + declarations("neutral", WARM_NEUTRAL, dark=scheme)
        for scheme in (False, True)
    )
    return (
        "@layer ds,town;@layer town{"
        f":root,[data-color-scheme=light]{{{light}}}"
        f"[data-color-scheme=dark]{{{dark}}}"
        f"@media(prefers-color-scheme:dark){{[data-color-scheme=auto]{{{dark}}}}}"
        "}"
    )
