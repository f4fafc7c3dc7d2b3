/// What libyaml says next about a text.
struct Event {
    enum Kind {
        case scalar(String, isPlain: Bool)
        case listStart, listEnd, sectionStart, sectionEnd
        case alias, documentEnd, streamEnd
        /// The begin of the stream or of the document.
        case start
    }

    let kind: Kind
    let hasAnchor: Bool
    let hasTag: Bool
    let mark: YAMLMark
}
