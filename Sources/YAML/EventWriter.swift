import CYAML

/// libyaml's emitter. It fails only for events in a wrong order or without memory, which is not met here: every list
/// and section is ended, and all texts are valid UTF-8.
final class EventWriter {
    private let emitter: UnsafeMutablePointer<yaml_emitter_t>
    private var bytes: [UInt8] = []

    init() {
        emitter = .allocate(capacity: 1)
        guard yaml_emitter_initialize(emitter) == 1 else {
            // It fails only when memory is exhausted.
            fatalError("libyaml cannot start an emitter")
        }
        let context = Unmanaged.passUnretained(self).toOpaque()
        yaml_emitter_set_output(
            emitter,
            { context, bytes, count in
                guard let context else { return 0 }
                let writer = Unmanaged<EventWriter>.fromOpaque(context).takeUnretainedValue()
                writer.bytes.append(contentsOf: UnsafeBufferPointer(start: bytes, count: count))
                return 1
            }, context)
        yaml_emitter_set_encoding(emitter, YAML_UTF8_ENCODING)
        yaml_emitter_set_unicode(emitter, 1)
        // No text is broken into lines.
        yaml_emitter_set_width(emitter, -1)
        emit { yaml_stream_start_event_initialize(&$0, YAML_UTF8_ENCODING) }
        emit { yaml_document_start_event_initialize(&$0, nil, nil, nil, 1) }
    }

    deinit {
        yaml_emitter_delete(emitter)
        emitter.deallocate()
    }

    func scalar(_ text: String, isPlain: Bool) {
        let style = isPlain ? YAML_PLAIN_SCALAR_STYLE : YAML_DOUBLE_QUOTED_SCALAR_STYLE
        // With its own end, so that an empty text has an address too.
        let bytes = Array(text.utf8) + [0]
        emit { yaml_scalar_event_initialize(&$0, nil, nil, bytes, Int32(bytes.count - 1), 1, 1, style) }
    }

    func startList() {
        emit { yaml_sequence_start_event_initialize(&$0, nil, nil, 1, YAML_BLOCK_SEQUENCE_STYLE) }
    }

    func endList() { emit { yaml_sequence_end_event_initialize(&$0) } }

    func startSection() {
        emit { yaml_mapping_start_event_initialize(&$0, nil, nil, 1, YAML_BLOCK_MAPPING_STYLE) }
    }

    func endSection() { emit { yaml_mapping_end_event_initialize(&$0) } }

    /// Ends the document; the text.
    func finish() -> String {
        emit { yaml_document_end_event_initialize(&$0, 1) }
        emit { yaml_stream_end_event_initialize(&$0) }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func emit(_ make: (inout yaml_event_t) -> Int32) {
        var event = yaml_event_t()
        // The emitter deletes the event.
        guard make(&event) == 1, yaml_emitter_emit(emitter, &event) == 1 else {
            // See above: the order of events is right and all texts are UTF-8.
            fatalError("libyaml cannot write an event")
        }
    }
}
