/// What browsers know of an element by its name alone.
///
/// Names are in small letters; those of SVG and MathML have a prefix, for `title` and `svg:title` have nothing in common.
struct ElementTraits: OptionSet, Sendable {
    let rawValue: UInt32

    /// Parts words where it begins and where it ends.
    static let block = Self(rawValue: 1 << 0)
    /// Has no content.
    static let void = Self(rawValue: 1 << 1)
    /// Shown by no reader, though its content is markup like any other.
    static let unseen = Self(rawValue: 1 << 2)
    /// Its content stands in for something else, which is shown instead.
    static let fallback = Self(rawValue: 1 << 3)
    /// Its content is never text for readers.
    static let dropped = Self(rawValue: 1 << 4)
    /// Shown beside the line it stands in.
    static let apart = Self(rawValue: 1 << 5)
    /// Changes how text looks, and may be closed out of order.
    static let formatting = Self(rawValue: 1 << 6)
    /// Special, as the standard calls it: an end tag of another name does not reach beyond it.
    static let special = Self(rawValue: 1 << 7)
    /// An end tag of its own name closes it from inside other special elements.
    static let scoped = Self(rawValue: 1 << 8)
    /// No end tag but those of tables reaches beyond it.
    static let scope = Self(rawValue: 1 << 9)
    /// Ends a paragraph where it begins.
    static let endsParagraph = Self(rawValue: 1 << 10)
    /// Belongs into a table: ignored anywhere else.
    static let tabular = Self(rawValue: 1 << 11)
    /// Ignored wherever it stands in text.
    static let ignored = Self(rawValue: 1 << 12)
    /// Means the same in every `select`.
    static let selectable = Self(rawValue: 1 << 13)
    /// Closed where the end tag of what it is in is met, among others.
    static let implied = Self(rawValue: 1 << 14)
    /// Ends SVG and MathML where it begins.
    static let breakout = Self(rawValue: 1 << 15)
    /// Its content is HTML, though it is not.
    static let integration = Self(rawValue: 1 << 16)

    /// Holds text of a table.
    static let cell = Self(rawValue: 1 << 17)
    /// Formatting that is open before it is not opened again in it, nor after it what was in it.
    static let marker = Self(rawValue: 1 << 18)

    /// Formatting to be opened again is not opened for it.
    static let unformatted = Self(rawValue: 1 << 19)

    /// The traits of elements with a name.
    static func of(_ name: String) -> ElementTraits { named[name] ?? [] }

    private static let named: [String: ElementTraits] = {
        var named: [String: ElementTraits] = [:]
        for (traits, names) in names {
            for name in names.split(whereSeparator: \.isWhitespace) {
                named[String(name), default: []].formUnion(traits)
            }
        }
        return named
    }()

    private static let names: [(ElementTraits, String)] = [
        (
            .block,
            """
            address article aside blockquote br button caption center dd details dialog dir div dl dt fieldset figcaption
            figure footer form h1 header hgroup hr legend li listing main menu nav ol optgroup option p plaintext pre search
            section select summary table tbody td textarea tfoot th thead tr ul xmp
            """
        ),
        (
            .void,
            """
            area base basefont bgsound br col embed frame hr image img input keygen link meta param source track wbr
            """
        ),
        (
            .unseen,
            """
            datalist dialog rp title svg:clippath svg:defs svg:desc svg:marker svg:mask svg:metadata svg:pattern
            svg:symbol svg:title math:annotation math:annotation-xml
            """
        ),
        (.fallback, "audio canvas object template video"),
        (.dropped, "iframe noembed noframes script style svg:script svg:style"),
        (.apart, "rt rtc"),
        (.formatting, "a b big code em font i nobr s small strike strong tt u"),
        (
            .special,
            """
            address applet area article aside base basefont bgsound blockquote body br button caption center col colgroup dd
            details dir div dl dt embed fieldset figcaption figure footer form frame frameset h1 head header hgroup hr html
            iframe img input keygen li link listing main marquee menu meta nav noembed noframes noscript object ol p param
            plaintext pre script search section select source style summary table tbody td template textarea tfoot th thead
            title tr track ul wbr xmp math:mi math:mo math:mn math:ms math:mtext math:annotation-xml svg:foreignobject
            svg:desc svg:title
            """
        ),
        (
            .scoped,
            """
            address applet article aside blockquote button center dd details dialog dir div dl dt fieldset figcaption figure
            footer h1 header hgroup listing main marquee menu nav object ol pre search section select summary ul
            """
        ),
        (
            .scope,
            """
            applet caption html marquee object select table td template th math:mi math:mo math:mn math:ms math:mtext
            math:annotation-xml svg:foreignobject svg:desc svg:title
            """
        ),
        (
            .endsParagraph,
            """
            address article aside blockquote center dd details dialog dir div dl dt fieldset figcaption figure footer form h1
            header hgroup hr li listing main menu nav ol p plaintext pre search section summary table ul xmp
            """
        ),
        (
            .unformatted,
            """
            address article aside base basefont bgsound blockquote center dd details dialog dir div dl dt fieldset figcaption
            figure footer form h1 header hgroup hr iframe li link listing main menu meta nav noembed noframes ol p param
            plaintext pre rb rp rt rtc script search section source style summary table template textarea title track ul
            """
        ),
        (.tabular, "caption col colgroup tbody td tfoot th thead tr"),
        (.cell, "caption td th"),
        (.marker, "applet caption marquee object td template th"),
        (.ignored, "body frame frameset head html"),
        (.selectable, "input optgroup option script select template"),
        (.implied, "dd dt li optgroup option p rb rp rt rtc"),
        (
            .breakout,
            """
            b big blockquote body br center code dd div dl dt em embed h1 head hr i img li listing menu meta nobr ol p pre
            ruby s small span strong strike sub sup table tt u ul var
            """
        ),
        (
            .integration,
            "svg:foreignobject svg:desc svg:title math:mi math:mo math:mn math:ms math:mtext"
        ),
    ]
}
