/// Makes a tree of events, without recursion.
struct TreeBuilder {
    /// A list or section whose end has not come yet.
    private struct Open {
        let isList: Bool
        let mark: YAMLMark
        var elements: [YAMLNode] = []
        var entries: [YAMLNode.Entry] = []
        /// The lines of the names so far.
        var lines: [String: Int] = [:]
        /// The name whose value comes next.
        var name: (text: String, mark: YAMLMark)?
    }

    private let limits: YAMLLimits
    private var open: [Open] = []
    private var values = 0
    private var root: YAMLNode?

    private init(limits: YAMLLimits) {
        self.limits = limits
    }

    /// The tree of a text.
    static func tree(of bytes: [UInt8], limits: YAMLLimits) throws(YAMLError) -> YAMLNode {
        let reader = EventReader(bytes)
        var builder = TreeBuilder(limits: limits)
        while true {
            let event = try reader.next()
            switch event.kind {
            case .documentEnd:
                try reader.refuseMore()
                // A document has one value: libyaml gives an empty scalar where nothing is written.
                return builder.root ?? YAMLNode(.section([]), mark: event.mark)
            case .streamEnd:
                return YAMLNode(.section([]), mark: YAMLMark(line: 1, column: 1))
            default:
                try builder.take(event)
            }
        }
    }

    private mutating func take(_ event: Event) throws(YAMLError) {
        try refuseReferences(event)
        switch event.kind {
        case .scalar(let text, let isPlain):
            if isAtName {
                try begin(name: text, isPlain: isPlain, event.mark)
            } else {
                try count(event.mark)
                add(YAMLNode(.scalar(text, isPlain: isPlain), mark: event.mark))
            }
        case .listStart, .sectionStart:
            guard !isAtName else {
                throw YAMLError(mark: event.mark, message: "a name must be a text, not a list or section")
            }
            try count(event.mark)
            guard open.count < limits.levels else {
                throw YAMLError(
                    mark: event.mark,
                    message: "lists and sections lie too deep: at most \(limits.levels) levels")
            }
            var isList = false
            if case .listStart = event.kind { isList = true }
            open.append(Open(isList: isList, mark: event.mark))
        case .listEnd, .sectionEnd:
            let closed = open.removeLast()
            add(
                YAMLNode(closed.isList ? .list(closed.elements) : .section(closed.entries), mark: closed.mark)
            )
        case .start, .alias, .documentEnd, .streamEnd:
            break
        }
    }

    private func refuseReferences(_ event: Event) throws(YAMLError) {
        let refused: String
        if case .alias = event.kind {
            refused = "an alias (*) is not read; put a text that begins with * in quotes"
        } else if event.hasAnchor {
            refused = "an anchor (&) is not read; put a text that begins with & in quotes"
        } else if event.hasTag {
            refused = "a tag (!) is not read; put a text that begins with ! in quotes"
        } else {
            return
        }
        throw YAMLError(mark: event.mark, message: refused)
    }

    /// Whether a section is open and waits for its next name.
    private var isAtName: Bool {
        guard let section = open.last, !section.isList else { return false }
        return section.name == nil
    }

    private static let nameBytesMax = 1_024

    private mutating func begin(name: String, isPlain: Bool, _ mark: YAMLMark) throws(YAMLError) {
        // Names are compared, which takes long for long ones.
        guard name.utf8.count <= Self.nameBytesMax else {
            throw YAMLError(mark: mark, message: "a name has at most \(Self.nameBytesMax) bytes")
        }
        guard !isPlain || !name.isEmpty else {
            throw YAMLError(mark: mark, message: "a name is missing before the colon")
        }
        guard !isPlain || name != "<<" else {
            throw YAMLError(mark: mark, message: "merge keys (<<) are not read; write the settings out")
        }
        let level = open.count - 1
        if let line = open[level].lines.updateValue(mark.line, forKey: name) {
            throw YAMLError(
                mark: mark, message: "this name stands twice in its section, first on line \(line); keep one")
        }
        open[level].name = (name, mark)
    }

    private mutating func count(_ mark: YAMLMark) throws(YAMLError) {
        values += 1
        guard values <= limits.values else {
            throw YAMLError(
                mark: mark, message: "there are too many values: at most \(limits.values) are read")
        }
    }

    private mutating func add(_ node: YAMLNode) {
        let level = open.count - 1
        if level < 0 {
            root = node
        } else if let name = open[level].name {
            open[level].entries.append(YAMLNode.Entry(name: name.text, mark: name.mark, value: node))
            open[level].name = nil
        } else {
            open[level].elements.append(node)
        }
    }
}
