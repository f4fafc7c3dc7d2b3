import JSON
import Text

extension FrameDecoder {
    /// Reads the object of `schemas/frame.schema.json`. As with samples a `null` is as good as an absent member,
    /// unknown members are walked over, and a known one that comes twice is a fault.
    ///
    /// - Parameter values: The values go to its end.
    func decodeJSON(
        _ value: UnsafeRawBufferPointer, into values: inout [Float]
    ) throws(Rejection) -> FrameFields {
        var reader = try common.reader(value)
        var fields = FrameFields()
        var seen: Set<String> = []
        try reader.readObject("the value") { (reader, key) throws(Rejection) in
            switch key {
            case "session", "seq", "x", "frames", "label", "role", "explain", "end", "answer", "do":
                guard seen.insert(key).inserted else { throw SampleDecoder.repeated(key, reader) }
                if try reader.readNull() { return }
            default: return try reader.skipValue()
            }
            switch key {
            case "session":
                let kind = try reader.peek()
                guard kind == .string else {
                    throw Rejection(
                        .session,
                        "session is \(kind.rawValue) at byte \(reader.offset); send it as a string")
                }
                fields.session = try reader.readString("session")
            case "seq": fields.sequence = try checkSequence(try wholeNumber(&reader, "seq"))
            case "x": fields.valueCount = try common.features(&reader, into: &values)
            case "frames": fields.count = try checkCount(try wholeNumber(&reader, "frames"))
            case "label": fields.label = try common.label(&reader, key)
            case "role": fields.role = try common.role(&reader)
            case "do":
                // Walked over it would be a frame, perhaps one that teaches what was to be taken back.
                throw Rejection(
                    .instruction,
                    "do is given; a stream of frames follows no instructions, only one of samples")
            case "explain": fields.wantsReasons = try common.explain(&reader)
            case "end":
                let kind = try reader.peek()
                guard kind == .boolean else {
                    throw Rejection(
                        .frames, "end is \(kind.rawValue) at byte \(reader.offset); send true or false")
                }
                fields.isEnd = try reader.readBoolean("end")
            default: fields.answersLastOnly = try answersLastOnly(&reader)
            }
        }
        try reader.finish()
        return fields
    }

    /// A whole number, or nil when it is something else.
    private func wholeNumber(_ reader: inout JSONReader, _ path: String) throws(Rejection) -> Int64? {
        guard try reader.peek() == .number else { return nil }
        return try reader.readNumber(path).integer
    }

    private func answersLastOnly(_ reader: inout JSONReader) throws(Rejection) -> Bool {
        let kind = try reader.peek()
        guard kind == .string else {
            throw Rejection(.frames, "answer is \(kind.rawValue); use \"all\" or \"last\"")
        }
        switch try reader.readString("answer").asWord {
        case "all": return false
        case "last": return true
        default:
            throw Rejection(.frames, "answer is neither \"all\" nor \"last\"")
        }
    }
}
