import CYAML

/// libyaml's parser over bytes that it keeps until it ends.
struct EventReader: ~Copyable {
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let bytes: UnsafeMutableBufferPointer<UInt8>

    init(_ bytes: [UInt8]) {
        parser = .allocate(capacity: 1)
        guard yaml_parser_initialize(parser) == 1 else {
            // It fails only when memory is exhausted.
            fatalError("libyaml cannot start a parser")
        }
        self.bytes = .allocate(capacity: bytes.count)
        _ = self.bytes.initialize(from: bytes)
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        yaml_parser_set_input_string(parser, self.bytes.baseAddress, bytes.count)
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deallocate()
        bytes.deallocate()
    }

    /// Refuses `%TAG` before the document.
    ///
    /// libyaml compares each one with all before it, all in one call: 1 MiB of them takes 6 s.
    static func refuseTagDirectives(in bytes: [UInt8]) throws(YAMLError) {
        let reader = EventReader(bytes)
        while let token = reader.token() {
            switch token.type {
            case YAML_STREAM_START_TOKEN, YAML_VERSION_DIRECTIVE_TOKEN: continue
            case YAML_TAG_DIRECTIVE_TOKEN:
                throw YAMLError(mark: token.mark, message: "%TAG is not read; leave it out")
            default: return
            }
        }
        // What else is wrong will be found again by `next`, which says it.
    }

    /// Refuses whatever follows the document. It looks at tokens, since events would read directives.
    func refuseMore() throws(YAMLError) {
        while let token = token() {
            switch token.type {
            case YAML_DOCUMENT_END_TOKEN: continue
            case YAML_STREAM_END_TOKEN, YAML_NO_TOKEN: return
            case YAML_DOCUMENT_START_TOKEN, YAML_VERSION_DIRECTIVE_TOKEN, YAML_TAG_DIRECTIVE_TOKEN:
                throw YAMLError(mark: token.mark, message: "a second document is not read; keep only one")
            default:
                throw YAMLError(
                    mark: token.mark,
                    message: "this belongs to nothing above it; is the line indented like its neighbours?")
            }
        }
        throw problem
    }

    /// The next event.
    ///
    /// - Throws: ``YAMLError`` that says what libyaml does not like.
    func next() throws(YAMLError) -> Event {
        var event = yaml_event_t()
        guard yaml_parser_parse(parser, &event) == 1 else { throw problem }
        defer { yaml_event_delete(&event) }
        let mark = YAMLMark(event.start_mark)
        func made(_ kind: Event.Kind, anchor: UnsafeMutablePointer<UInt8>?, tag: UnsafeMutablePointer<UInt8>?)
            -> Event
        {
            Event(kind: kind, hasAnchor: anchor != nil, hasTag: tag != nil, mark: mark)
        }
        switch event.type {
        case YAML_SCALAR_EVENT:
            let scalar = event.data.scalar
            // The reader has checked the bytes, and escapes make valid characters only.
            let text = String(
                decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
            let isPlain = scalar.style == YAML_PLAIN_SCALAR_STYLE
            return made(.scalar(text, isPlain: isPlain), anchor: scalar.anchor, tag: scalar.tag)
        case YAML_SEQUENCE_START_EVENT:
            let list = event.data.sequence_start
            return made(.listStart, anchor: list.anchor, tag: list.tag)
        case YAML_MAPPING_START_EVENT:
            let section = event.data.mapping_start
            return made(.sectionStart, anchor: section.anchor, tag: section.tag)
        case YAML_SEQUENCE_END_EVENT: return made(.listEnd, anchor: nil, tag: nil)
        case YAML_MAPPING_END_EVENT: return made(.sectionEnd, anchor: nil, tag: nil)
        case YAML_ALIAS_EVENT: return made(.alias, anchor: nil, tag: nil)
        case YAML_DOCUMENT_END_EVENT: return made(.documentEnd, anchor: nil, tag: nil)
        case YAML_STREAM_END_EVENT, YAML_NO_EVENT: return made(.streamEnd, anchor: nil, tag: nil)
        default: return made(.start, anchor: nil, tag: nil)
        }
    }

    /// The next token; nil after a fault.
    private func token() -> (type: yaml_token_type_t, mark: YAMLMark)? {
        var token = yaml_token_t()
        guard yaml_parser_scan(parser, &token) == 1 else { return nil }
        defer { yaml_token_delete(&token) }
        return (token.type, YAMLMark(token.start_mark))
    }

    /// What libyaml does not like. Its texts are fixed and hold nothing of the file.
    private var problem: YAMLError {
        let state = parser.pointee
        let text = state.problem.map { String(cString: $0) } ?? "there is not enough memory"
        if state.error == YAML_READER_ERROR {
            // It has no mark.
            return YAMLError(mark: YAMLMark(offset: state.problem_offset, in: bytes), message: text)
        }
        if let advice = Self.adviceForBegin[text] {
            return YAMLError(mark: YAMLMark(state.context_mark), message: advice)
        }
        return YAMLError(mark: YAMLMark(state.problem_mark), message: Self.advice[text] ?? text)
    }

    /// Plainer words for what is noticed only later than where it begins.
    private static let adviceForBegin = [
        "could not find expected ':'": "a colon was expected after this name",
        "found unexpected end of stream": "the quotes that open here are never closed",
        "found unexpected document indicator": "the quotes that open here are never closed",
    ]

    /// Plainer words for what is met most.
    private static let advice = [
        "found character that cannot start any token":
            "no text begins with this character; put it in quotes (and indent with blanks, not with tabs)",
        "mapping values are not allowed in this context":
            "no name may stand here; is the line indented like its neighbours, and is a text with a colon in quotes?",
        "did not find expected node content": "a value was expected here",
        "did not find expected key":
            "a name was expected here; is the line indented like its neighbours?",
    ]
}

extension YAMLMark {
    fileprivate init(_ mark: yaml_mark_t) {
        self.init(line: Int(mark.line) + 1, column: Int(mark.column) + 1)
    }
}
