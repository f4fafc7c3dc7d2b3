import Text

extension YAMLNode {
    /// The node as YAML text, in UTF-8 and with a line end at its end: `YAMLNode(parsing:)` and every other reader
    /// get the same texts, numbers and names from it.
    ///
    /// A scalar is written plain where that cannot be misread, otherwise in double quotes, on one line, with escapes for
    /// what does not show. A plain scalar without text is written `null`. The names of a section must differ.
    public func yaml() -> String {
        enum Step {
            case node(YAMLNode)
            case name(String)
            case listEnd, sectionEnd
        }
        let writer = EventWriter()
        // What is still to be written, the next at the end: no tree is too deep for it.
        var steps = [Step.node(self)]
        while let step = steps.popLast() {
            switch step {
            case .name(let name): writer.scalar(name, isPlain: PlainText.isText(name))
            case .listEnd: writer.endList()
            case .sectionEnd: writer.endSection()
            case .node(let node):
                switch node.content {
                case .scalar where node.isNull: writer.scalar("null", isPlain: true)
                case .scalar(let text, let isPlain):
                    writer.scalar(
                        text, isPlain: PlainText.isText(text) || isPlain && PlainText.isPossible(text))
                case .list(let elements):
                    writer.startList()
                    steps.append(.listEnd)
                    steps += elements.reversed().map(Step.node)
                case .section(let entries):
                    writer.startSection()
                    steps.append(.sectionEnd)
                    for entry in entries.reversed() {
                        steps.append(.node(entry.value))
                        steps.append(.name(entry.name))
                    }
                }
            }
        }
        // In double quotes only, where YAML has such escapes for every character.
        return writer.finish().escaping { scalar in
            let digits = String(scalar.value, radix: 16)
            return "\\U" + String(repeating: "0", count: 8 - digits.count) + digits
        }
    }
}
