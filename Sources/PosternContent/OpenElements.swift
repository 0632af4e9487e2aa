/// The elements that are open at a place of an HTML text.
///
/// Which tags browsers ignore, what a tag closes besides what it names, and where SVG and MathML begin and end decide what
/// a reader sees: whether words are parted, whether text is hidden, and whether what follows is markup at all. This follows
/// the HTML standard's tree construction (section 13.2.6) as far as that goes. No tree is made: what browsers move about is
/// followed only as far as it stays open.
///
/// Each tag takes the same time however many elements are open: every element knows the nearest of each kind below it. Places
/// and numbers are kept short, for a text may be nothing but tags.
struct OpenElements {
    /// What stands between a tag and the end tag of its element.
    enum Content {
        case markup
        /// Text with character references.
        case text
        /// Text, all of it.
        case rawText
        /// Text with the comments of scripts.
        case script
        /// Text to the very end.
        case plainText
    }

    private struct Element {
        let name: String
        let traits: ElementTraits
        let isForeign: Bool
        let isBlock: Bool
        let isRightToLeft: Bool
        /// Whether a direction is forced on its text, and whether that is from right to left.
        let override: Bool?
        let beginsOverride: Bool
        /// The cell, or what else of a table holds text, that it is in or is.
        let cell: Int32
        /// Its text stands in a table and in no cell of it.
        let isBetweenCells: Bool
        /// How many open elements leave their text out and not such text, which is moved out of them.
        let sparing: Int32
        /// Which of all it is.
        let number: Int32
        /// The one before it of the same name; -1 where there is none.
        let previous: Int32
        let nearest: Nearest
        /// Its text is left out.
        var hides: Bool
        /// Its end tag has been met, while others stayed open in it.
        var isClosed = false
    }

    /// The places of the nearest elements of some kinds, at or below a place.
    private struct Nearest {
        var scope: Int32 = 0
        var button: Int32 = 0
        var list: Int32 = 0
        var special: Int32 = 0
        var item: Int32 = 0
        var html: Int32 = 0
    }

    /// The most elements open at once that are followed, a hundred times what browsers show inside each other: what a text that
    /// is nothing but tags may take is then a few megabytes.
    private static let most = 65_536

    private let reading: HTMLReading
    private var elements: [Element] = []
    /// The places of the innermost open element of each name.
    private var places: [String: Int32] = [:]
    private var number: Int32 = 0
    private var isInForm = false
    /// How many open elements leave their text out.
    private var hiding: Int32 = 0
    /// Formatting to open again; and that outside of the cell or the like.
    private var strays = StrayFormatting()
    private var straysOutside: [StrayFormatting] = []

    /// What was met that can be read in several ways.
    private(set) var doubts: HTMLReading = []
    /// Whether the tag at hand parts words.
    private(set) var parts = false
    /// In which cells it does, where text between cells is moved.
    private(set) var partedCells: [Int32] = []
    /// How many overrides of direction the tag at hand has ended.
    private(set) var endedOverrides = 0
    /// Whether the tag at hand has begun one.
    private(set) var beganOverride = false

    init(_ reading: HTMLReading) {
        self.reading = reading
        elements.append(
            Element(
                name: "html", traits: [.special, .scope], isForeign: false, isBlock: false,
                isRightToLeft: false, override: nil, beginsOverride: false, cell: 0,
                isBetweenCells: false, sparing: 0, number: 0, previous: -1, nearest: Nearest(),
                hides: false))
    }

    /// Whether so many elements are open that it is not followed further.
    var isTooDeep: Bool { elements.count > Self.most }
    /// Whether text here is left out.
    var isHidden: Bool { isInHidden || strays.hiding > 0 }
    /// Whether a direction is forced on text here, and whether that is from right to left.
    var override: Bool? { top.override }
    /// Whether text here is of SVG or MathML.
    var isForeign: Bool { top.isForeign && !isInStray }
    /// Which cell text here is in; 0 outside of all.
    var cell: Int32 { top.cell }
    /// Whether text here stands in a table and in no cell of it.
    var isBetweenCells: Bool { top.isBetweenCells }

    private var isInHidden: Bool {
        hiding > top.sparing || strays.hiding > 0 && strays.height != nil
    }
    /// Whether what is innermost is formatting that was opened again.
    private var isInStray: Bool { strays.height == count }
    private var count: Int32 { Int32(elements.count) }
    private var top: Element { elements[elements.count - 1] }

    /// Takes text, what there is of it.
    mutating func takeText() {
        if !isForeign || top.traits.contains(.integration) { strays.open(at: count) }
    }

    /// Takes a tag; returns what stands behind it.
    mutating func take(_ tag: HTMLTag) -> Content {
        (parts, endedOverrides, beganOverride) = (false, 0, false)
        partedCells.removeAll(keepingCapacity: true)
        if tag.isEnd {
            end(tag.name)
            return .markup
        }
        return start(tag)
    }

    // MARK: Start tags

    private mutating func start(_ tag: HTMLTag) -> Content {
        let traits = ElementTraits.of(tag.name)
        if isForeign, !isHTML(tag) {
            guard traits.contains(.breakout) || tag.name == "font" && tag.saysFont else {
                if !tag.isSelfClosing { push(tag, in: top.name.prefix { $0 != ":" }) }
                return .markup
            }
            leaveForeign()
        }
        if traits.contains(.ignored) { return .markup }
        if isIn("select") {
            if !traits.contains(.selectable) { doubts.insert(.strictSelects) }
            if reading.contains(.strictSelects), !startInSelect(tag.name, traits) { return .markup }
        }
        if traits.contains(.tabular) {
            startInTable(tag)
            return .markup
        }
        switch tag.name {
        case "svg", "math":
            strays.open(at: count)
            if !tag.isSelfClosing { push(tag, in: tag.name[...]) }
            return .markup
        case "form":
            if isInForm { return .markup }
            isInForm = true
            guard isBetweenCells else { break }
            // There it is empty, and nothing is seen of it in the table itself.
            if !isInHidden, !isStructural(top) || isInStray,
                !hides(tag, traits, isApart: false, isForeign: false)
            {
                part(cell)
            }
            return .markup
        case "table" where isBetweenCells: close("table")
        case "select" where isInScope("select"):
            close("select")
            return .markup
        case "input" where isInScope("select"): close("select")
        case "button" where isInScope("button"): close("button")
        case "a", "nobr": endFormatting(tag.name)
        case "li", "dd", "dt":
            let item = self[top.nearest.item].name
            if item == tag.name || tag.name != "li" && (item == "dd" || item == "dt") {
                close(item)
            }
        case "option" where top.name == "option" && !isInStray,
            "optgroup" where top.name == "option" && !isInStray:
            pop()
        case "rb", "rp", "rt", "rtc":
            guard isInScope("ruby") else { break }
            let stays = tag.name == "rp" || tag.name == "rt"
            while isImplied, top.name != "rtc" || !stays { pop() }
        default: break
        }
        // In the oldest kind of page a table stands in a paragraph, and text is moved out of it into that.
        if traits.contains(.endsParagraph), tag.name != "table" || !reading.contains(.fostered) {
            endParagraph()
        }
        if tag.name == "h1", top.name == "h1", !isInStray { pop() }
        if !traits.contains(.unformatted) { strays.open(at: count) }
        if traits.contains(.void) {
            // A rule or a line break.
            if tag.name == "br" || tag.name == "hr", !isInHidden,
                !hides(tag, traits, isApart: false, isForeign: false)
            {
                part(cell)
            }
            return .markup
        }
        push(tag)
        switch tag.name {
        case "title", "textarea": return .text
        case "style", "xmp", "iframe", "noembed", "noframes": return .rawText
        case "script": return .script
        case "plaintext": return .plainText
        case "noscript":
            doubts.insert(.scripts)
            return reading.contains(.scripts) ? .rawText : .markup
        default: return .markup
        }
    }

    /// Whether a tag in SVG or MathML is read as if in HTML.
    private func isHTML(_ tag: HTMLTag) -> Bool {
        if top.traits.contains(.integration) {
            return !top.name.hasPrefix("math:") || top.name == "math:annotation-xml"
                || tag.name != "mglyph" && tag.name != "malignmark"
        }
        return top.name == "math:annotation-xml" && tag.name == "svg"
    }

    /// Pops what is open of SVG or MathML down to where HTML begins.
    private mutating func leaveForeign() {
        while isForeign, !top.traits.contains(.integration) { pop() }
    }

    /// A tag in a `select` as it was until 2025; returns whether it goes on as any other.
    private mutating func startInSelect(_ name: String, _ traits: ElementTraits) -> Bool {
        switch name {
        case "optgroup":
            if top.name == "option" { pop() }
            if top.name == "optgroup" { pop() }
            return true
        case "keygen", "textarea":
            close("select")
            return true
        case "caption", "table", "tbody", "td", "tfoot", "th", "thead", "tr":
            guard isIn("table") else { return false }
            close("select")
            return true
        default: return traits.contains(.selectable)
        }
    }

    private mutating func startInTable(_ tag: HTMLTag) {
        guard isIn("table") else { return }
        switch tag.name {
        case "caption", "colgroup", "col", "tbody", "tfoot", "thead": pop(above: place(of: "table"))
        case "tr": makeRoom(for: "tr")
        default: makeRoom(for: "td")
        }
        // Columns hold no text.
        if !tag.name.hasPrefix("col") { push(tag) }
    }

    /// Closes and opens what lies between a table and a new row or cell of it.
    private mutating func makeRoom(for name: String) {
        let table = place(of: "table")
        if name == "td", place(of: "tr") > table {
            pop(above: place(of: "tr"))
            return
        }
        let body = max(place(of: "tbody"), place(of: "tfoot"), place(of: "thead"))
        pop(above: max(table, body))
        if body < table { push(HTMLTag(name: "tbody", isEnd: false)) }
        if name == "td" { push(HTMLTag(name: "tr", isEnd: false)) }
    }

    private mutating func push(_ tag: HTMLTag, in space: Substring? = nil) {
        let name = space.map { "\($0):\(tag.name)" } ?? tag.name
        var traits = ElementTraits.of(name)
        if name == "math:annotation-xml", tag.holdsHTML { traits.insert(.integration) }
        let (parent, place, layout) = (top, count, tag.style.layout)
        let isForeign = space != nil
        let isRightToLeft = tag.style.isRightToLeft ?? tag.isRightToLeft ?? parent.isRightToLeft
        let beginsOverride = name == "bdo" || tag.style.overridesDirection
        let isApart = traits.contains(.apart) || tag.style.isApart
        let hides = hides(tag, traits, isApart: isApart, isForeign: isForeign)
        let isShown = !isInHidden && !hides
        let isBetweenCells =
            name == "table"
            || parent.isBetweenCells && !traits.contains(.cell) && name != "template"
        let ofTable = name == "table" ? 0 : parent.sparing
        number += 1
        let element = Element(
            name: name, traits: traits, isForeign: isForeign,
            isBlock: isApart || layout.map { $0 == .block } ?? traits.contains(.block),
            isRightToLeft: isRightToLeft,
            override: beginsOverride ? isRightToLeft : parent.override,
            beginsOverride: beginsOverride, cell: traits.contains(.cell) ? number : parent.cell,
            isBetweenCells: isBetweenCells,
            sparing: !isBetweenCells
                ? 0 : ofTable + (hides && (name == "table" || traits.contains(.tabular)) ? 1 : 0),
            number: number, previous: places.updateValue(place, forKey: name) ?? -1,
            nearest: nearest(name, traits, at: place, isForeign: isForeign), hides: hides)
        elements.append(element)
        if hides { hiding += 1 }
        if traits.contains(.marker) {
            straysOutside.append(strays)
            strays = StrayFormatting()
        }
        guard isShown else { return }
        if element.isBlock, !reading.contains(.fostered) || !isStructural(element) {
            part(element.cell)
        }
        if beginsOverride { beganOverride = true }
    }

    private func nearest(
        _ name: String, _ traits: ElementTraits, at place: Int32, isForeign: Bool
    ) -> Nearest {
        var nearest = top.nearest
        if traits.contains(.scope) {
            (nearest.scope, nearest.button, nearest.list) = (place, place, place)
        }
        if name == "button" { nearest.button = place }
        if name == "ol" || name == "ul" { nearest.list = place }
        if traits.contains(.special) {
            nearest.special = place
            if name != "address", name != "div", name != "p" { nearest.item = place }
        }
        if !isForeign { nearest.html = place }
        return nearest
    }

    /// Whether the text of a new element is left out in this reading.
    private mutating func hides(
        _ tag: HTMLTag, _ traits: ElementTraits, isApart: Bool, isForeign: Bool
    ) -> Bool {
        let isOff = tag.style.layout.map { $0 == .none }
        if traits.contains(.dropped) { return isOff ?? true || isForeign || tag.name == "iframe" }
        if tag.name == "noscript", reading.contains(.scripts) { return true }
        if isApart { doubts.insert(.apart) }
        let isUnseen =
            isOff ?? (tag.isHidden && !isForeign || traits.contains(.unseen))
            || tag.style.isUnreadable
            || traits.contains(.fallback)
        if isUnseen { doubts.insert(.hidden) }
        return isUnseen && reading.contains(.hidden) || isApart && reading.contains(.apart)
    }

    /// Whether an element is a table, or one of its parts that hold no text.
    private func isStructural(_ element: Element) -> Bool {
        element.name == "table"
            || element.traits.contains(.tabular) && !element.traits.contains(.cell)
    }

    // MARK: End tags

    private mutating func end(_ name: String) {
        if isForeign {
            if name == "p" || name == "br" {
                leaveForeign()
            } else {
                let place = max(place(of: "svg:" + name), place(of: "math:" + name))
                if place > top.nearest.html { return pop(from: place) }
            }
        }
        let traits = ElementTraits.of(name)
        if isIn("select") {
            if !traits.contains(.selectable) { doubts.insert(.strictSelects) }
            if reading.contains(.strictSelects), !endInSelect(name, traits) { return }
        }
        switch name {
        case "p" where isInScope("p", top.nearest.button): close("p")
        case "p", "br": if !isInHidden { part(cell) }
        case "li": if isInScope("li", top.nearest.list) { close("li") }
        case "table": if isIn(name) { close(name) }
        case "template": if place(of: name) >= 0 { close(name) }
        case "form":
            isInForm = false
            guard isInScope("form") else { break }
            while isImplied { pop() }
            if top.name == "form", !isInStray { pop() } else { remove(place(of: "form")) }
        default:
            if traits.contains(.ignored) {
                return
            } else if traits.contains(.tabular) {
                if isIn("table"), place(of: name) > place(of: "table") { close(name) }
            } else if traits.contains(.formatting) {
                endFormatting(name)
            } else if traits.contains(.scoped) {
                if isInScope(name) { close(name) }
            } else if place(of: name) >= top.nearest.special {
                close(name)
            }
        }
    }

    /// An end tag in a `select` as it was until 2025; returns whether it goes on as any other.
    private mutating func endInSelect(_ name: String, _ traits: ElementTraits) -> Bool {
        switch name {
        case "optgroup":
            if top.name == "option", elements[elements.count - 2].name == "optgroup" { pop() }
            return top.name == name
        case "option": return top.name == name
        case "script", "select", "template": return true
        default:
            guard isIn("table"),
                name == "table" || traits.contains(.tabular) && place(of: name) > place(of: "table")
            else { return false }
            close("select")
            return true
        }
    }

    private mutating func endParagraph() {
        if isInScope("p", top.nearest.button) { close("p") }
    }

    /// Closes an element that formats text: what is open in it stays open where that is more than formatting.
    private mutating func endFormatting(_ name: String) {
        let place = place(of: name)
        if let stray = strays.last(name), place < 0 || stray.number > self[place].number {
            guard let height = stray.height else { return strays.end(name, closing: false) }
            guard height > top.nearest.scope else { return }
            let isAround = top.nearest.special >= height
            pop(from: isAround ? top.nearest.special + 1 : height)
            return strays.end(name, closing: !isAround)
        }
        guard isInScope(name) else { return }
        guard top.nearest.special > place else {
            pop(above: place)
            popLast()
            return pop(from: count)
        }
        remove(place)
        pop(above: top.nearest.special)
        guard self[place].hides else { return }
        // What is open in it and more than formatting is moved out of it.
        self[place].hides = false
        hiding -= 1
        if !isInHidden, top.isBlock { part(cell) }
    }

    // MARK: The stack

    private subscript(place: Int32) -> Element {
        get { elements[Int(place)] }
        set { elements[Int(place)] = newValue }
    }

    private func place(of name: String) -> Int32 { places[name] ?? -1 }

    /// Whether what is innermost ends with what it is in.
    private var isImplied: Bool { top.traits.contains(.implied) && !isInStray }

    /// Whether an element is open with no template opened since.
    private func isIn(_ name: String) -> Bool { place(of: name) > place(of: "template") }

    private func isInScope(_ name: String, _ scope: Int32? = nil) -> Bool {
        place(of: name) >= scope ?? top.nearest.scope
    }

    private mutating func part(_ cell: Int32) {
        parts = true
        if reading.contains(.fostered), partedCells.last != cell { partedCells.append(cell) }
    }

    private mutating func close(_ name: String) { pop(from: place(of: name)) }

    private mutating func pop(above place: Int32) { pop(from: place + 1) }

    private mutating func pop() { pop(from: count - 1) }

    private mutating func pop(from place: Int32) {
        var formatting: [Element] = []
        while count > place || top.isClosed {
            let element = popLast()
            if element.traits.contains(.marker) {
                formatting.removeAll()
            } else if element.traits.contains(.formatting), !element.isClosed {
                formatting.append(element)
            }
        }
        for element in formatting.reversed() {
            strays.append(element.name, number: element.number, hides: element.hides)
        }
    }

    @discardableResult
    private mutating func popLast() -> Element {
        let element = elements.removeLast()
        if !element.isClosed { forget(element) }
        if element.traits.contains(.marker) { strays = straysOutside.removeLast() }
        strays.close(to: count)
        if element.hides {
            hiding -= 1
        } else if !isInHidden {
            if element.isBlock,
                !reading.contains(.fostered) || element.name == "table" || !isStructural(element)
            {
                part(element.cell)
            }
            if element.beginsOverride { endedOverrides += 1 }
        }
        return element
    }

    /// Closes an element others stay open in.
    private mutating func remove(_ place: Int32) {
        forget(self[place])
        self[place].isClosed = true
    }

    private mutating func forget(_ element: Element) {
        places[element.name] = element.previous < 0 ? nil : element.previous
    }
}
