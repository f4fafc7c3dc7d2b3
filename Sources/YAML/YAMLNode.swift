/// A value of a YAML text. What a scalar means is decided by who asks for it: see ``text()``, ``boolean()``,
/// ``integer(_:)`` and ``number()``.
///
/// ```swift
/// let node = try YAMLNode(parsing: "keys:\n  samples: 1_000\n")
/// try node["keys"]?["samples"]?.integer()  // 1000
/// ```
public struct YAMLNode: Sendable, Equatable {
    /// What a node holds.
    public enum Content: Sendable, Equatable {
        /// A text; plain if it stands without quotes, which only tells `null` from `"null"`.
        case scalar(String, isPlain: Bool)
        /// Values in their order.
        case list([YAMLNode])
        /// Named values in the order of the text. No name stands twice in a parsed one.
        case section([Entry])
    }

    /// A named value of a section.
    public struct Entry: Sendable, Equatable {
        /// The name, as text.
        public var name: String
        /// Where the name stands; nil for one made in code.
        public var mark: YAMLMark?
        /// The value.
        public var value: YAMLNode

        /// A named value.
        public init(name: String, mark: YAMLMark? = nil, value: YAMLNode) {
            self.name = name
            self.mark = mark
            self.value = value
        }
    }

    /// What the node holds.
    public var content: Content
    /// Where the node begins; nil for one made in code.
    public var mark: YAMLMark?

    /// A node of this content.
    public init(_ content: Content, mark: YAMLMark? = nil) {
        self.content = content
        self.mark = mark
    }

    /// Reads a YAML text. One without any value is an empty section.
    ///
    /// Only UTF-8 is read, with or without a byte order mark. Anchors, aliases, tags, `%TAG`, merge keys, second
    /// documents and names that are no text or stand twice are refused.
    ///
    /// - Throws: ``YAMLError`` with the place and without any text of the file.
    public init(parsing bytes: some Collection<UInt8>, limits: YAMLLimits = YAMLLimits()) throws(YAMLError) {
        guard bytes.count <= limits.bytes else {
            throw YAMLError(
                mark: YAMLMark(offset: limits.bytes, in: bytes),
                message: "the text is too long: at most \(limits.bytes) bytes are read")
        }
        var bytes = Array(bytes)
        if bytes.starts(with: [0xfe, 0xff]) || bytes.starts(with: [0xff, 0xfe]) {
            throw YAMLError(
                mark: YAMLMark(line: 1, column: 1), message: "this is UTF-16; save the file as UTF-8")
        }
        if bytes.starts(with: [0xef, 0xbb, 0xbf]) { bytes.removeFirst(3) }
        try EventReader.refuseTagDirectives(in: bytes)
        self = try TreeBuilder.tree(of: bytes, limits: limits)
    }

    /// Reads a YAML text, as `init(parsing:limits:)` does with its bytes.
    ///
    /// - Throws: ``YAMLError`` with the place and without any text of the file.
    public init(parsing text: String, limits: YAMLLimits = YAMLLimits()) throws(YAMLError) {
        try self.init(parsing: text.utf8, limits: limits)
    }

    /// The value of this name, if the node is a section that has it.
    public subscript(name: String) -> YAMLNode? {
        guard case .section(let entries) = content else { return nil }
        return entries.first { $0.name == name }?.value
    }
}
