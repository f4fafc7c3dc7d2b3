import JSON
import Text

extension SampleDecoder {
    /// Reads the object of `schemas/sample.schema.json`, or that of `schemas/instruction.schema.json` when it has a
    /// member `do`. A `null` is as good as an absent member; unknown members are walked over; a known one that comes
    /// twice is a fault, since readers differ in which counts.
    ///
    /// - Parameter vectors: The features go to its end.
    func decodeJSON(
        _ value: UnsafeRawBufferPointer, into vectors: inout [Float]
    ) throws(Rejection) -> RecordFields {
        let start = vectors.count
        var reader = try reader(value)
        var fields = SampleFields()
        var seen: Set<String> = []
        var isInstruction = false
        try reader.readObject("the value") { (reader, key) throws(Rejection) in
            // Instructions are rare: they are read anew, so that samples do not pay for their members.
            if isInstruction { return try reader.skipValue() }
            switch key {
            case "id", "x", "label", "weight", "role", "explain", "do":
                guard seen.insert(key).inserted else { throw Self.repeated(key, reader) }
                if try reader.readNull() { return }
            default: return try reader.skipValue()
            }
            switch key {
            case "id": fields.id = try id(&reader)
            case "x": fields.featureCount = try features(&reader, into: &vectors)
            case "label": fields.label = try label(&reader, key)
            case "weight": fields.weight = try weight(&reader)
            case "explain": fields.wantsReasons = try explain(&reader)
            case "do":
                isInstruction = true
                try reader.skipValue()
            default: fields.role = try role(&reader)
            }
        }
        try reader.finish()
        guard isInstruction else { return .sample(fields) }
        vectors.removeLast(vectors.count - start)
        return .instruction(try decodeInstruction(json: value, into: &vectors))
    }

    /// A reader of a value that may be JSON.
    func reader(_ value: UnsafeRawBufferPointer) throws(Rejection) -> JSONReader {
        guard value[0] != 0 else {
            throw Rejection(
                .json,
                "byte 0 is 0x00: this looks like a schema registry's framing, which is not read; send plain JSON, "
                    + "or name the format in the header content-type")
        }
        // Said before the reader guesses a kind from the first letter of what may not be JSON at all.
        if let first = value.firstIndex(where: { ![0x20, 0x09, 0x0a, 0x0d].contains($0) }),
            !Array("{[\"-0123456789".utf8).contains(value[first])
        {
            throw Rejection(
                .json,
                "byte \(first): a \(noun) in JSON is an object and begins with {; if this is Protocol Buffers, say "
                    + "so in the header content-type")
        }
        return JSONReader(value)
    }

    func explain(_ reader: inout JSONReader) throws(Rejection) -> Bool {
        let kind = try reader.peek()
        guard kind == .boolean else {
            throw Rejection(
                .explain, "explain is \(kind.rawValue) at byte \(reader.offset); send true or false")
        }
        return try reader.readBoolean("explain")
    }

    func role(_ reader: inout JSONReader) throws(Rejection) -> SampleRole {
        let kind = try reader.peek()
        guard kind == .string else {
            throw Rejection(.role, "role is \(kind.rawValue); use \"auto\", \"train\" or \"holdout\"")
        }
        return try role(try reader.readString("role"), "role")
    }

    func id(_ reader: inout JSONReader) throws(Rejection) -> String {
        let kind = try reader.peek()
        guard kind == .string else {
            throw Rejection(.id, "id is \(kind.rawValue) at byte \(reader.offset); send it as a string")
        }
        return try reader.readString("id")
    }

    func weight(_ reader: inout JSONReader) throws(Rejection) -> Int {
        guard try reader.peek() == .number else {
            throw Rejection(.weight, "weight is not a number at byte \(reader.offset)")
        }
        return try checkWeight(try reader.readNumber("weight").double)
    }

    /// Reads a class, under the name of its member.
    func label(_ reader: inout JSONReader, _ path: String) throws(Rejection) -> String {
        let label: String
        switch try reader.peek() {
        case .string: label = try reader.readString(path)
        case .number:
            let number = try reader.readNumber(path)
            guard number.isInteger else {
                throw Rejection(
                    .label,
                    "\(path) is a number with a fraction or an exponent; classes are names: send a string")
            }
            // -0 is the one whole number that JSON can write in two ways.
            label = number.integer == 0 ? "0" : String(decoding: number.text, as: UTF8.self)
        case let kind:
            throw Rejection(
                .label,
                "\(path) is \(kind.rawValue) at byte \(reader.offset); send a string or a whole number")
        }
        try checkLabel(label, path)
        return label
    }

    /// Reads features to the end of `vectors`, and says how many there are.
    func features(_ reader: inout JSONReader, into vectors: inout [Float]) throws(Rejection) -> Int {
        let start = vectors.count
        switch try reader.peek() {
        case .array: try list(&reader, into: &vectors)
        case .object: try tensor(&reader, into: &vectors)
        case let kind:
            throw Rejection(
                .noFeatures,
                "x is \(kind.rawValue) at byte \(reader.offset); send an array of \(dimension) numbers or an "
                    + "object with dtype, shape and b64")
        }
        return vectors.count - start
    }

    private func list(_ reader: inout JSONReader, into vectors: inout [Float]) throws(Rejection) {
        let start = vectors.count
        var count = 0
        try reader.readArray("x") { (reader, index) throws(Rejection) in
            count += 1
            switch try reader.peek() {
            case .number:
                let feature = try reader.readNumber("x").float
                guard feature.isFinite else { throw notFinite("x", index) }
                // More than a record may have are counted for the message, not kept.
                if index < valuesMax { vectors.append(feature) }
            case .null, .notFinite: throw notFinite("x", index)
            case .array:
                throw Rejection(
                    .shape,
                    "x[\(index)] is an array at byte \(reader.offset); send one flat array, or the form with shape"
                )
            case let kind:
                throw Rejection(
                    .json, "x[\(index)] is \(kind.rawValue) at byte \(reader.offset), a number was expected")
            }
        }
        guard count <= valuesMax else { throw wrongDimension(count, "x") }
        try checkFeatures(vectors, from: start, "x")
    }

    private func tensor(_ reader: inout JSONReader, into vectors: inout [Float]) throws(Rejection) {
        var type: ElementType?
        var shape: TensorShape?
        var data: [UInt8]?
        var seen: Set<String> = []
        try reader.readObject("x") { (reader, key) throws(Rejection) in
            switch key {
            case "dtype", "shape", "b64":
                guard seen.insert(key).inserted else { throw Self.repeated("x.\(key)", reader) }
            default: return try reader.skipValue()
            }
            let kind = try reader.peek()
            switch key {
            case "dtype":
                guard kind == .string else {
                    throw Rejection(.dtype, "x.dtype is \(kind.rawValue); use one of \(ElementType.names)")
                }
                let name = try reader.readString("x.dtype")
                type = ElementType(rawValue: name.asWord)
                guard type != nil else {
                    throw Rejection(
                        .dtype, "x.dtype is \(Rejection.quoted(name)); use one of \(ElementType.names)")
                }
            case "shape":
                guard kind == .array else {
                    throw Rejection(.shape, "x.shape is \(kind.rawValue); send an array of whole numbers")
                }
                shape = try self.shape(&reader)
            default:
                guard kind == .string else {
                    throw Rejection(.base64, "x.b64 is \(kind.rawValue); send a string")
                }
                data = try reader.readString("x.b64") { (text) throws(Rejection) in
                    try Base64.decode(text, "x.b64")
                }
            }
        }
        guard let type else {
            throw Rejection(.dtype, "x.dtype is missing; use one of \(ElementType.names)")
        }
        guard let shape else {
            throw Rejection(.shape, "x.shape is missing; send [\(dimension)]")
        }
        guard let data else {
            throw Rejection(.base64, "x.b64 is missing; send the numbers' bytes, little-endian, in base64")
        }
        // A Result, since the closure of withUnsafeBytes may throw any error.
        try data.withUnsafeBytes { bytes -> Result<Void, Rejection> in
            do throws(Rejection) {
                return .success(try write(type, shape: shape, data: bytes, to: &vectors, "x"))
            } catch {
                return .failure(error)
            }
        }.get()
    }

    private func shape(_ reader: inout JSONReader) throws(Rejection) -> TensorShape {
        var shape = TensorShape()
        try reader.readArray("x.shape") { (reader, axis) throws(Rejection) in
            guard axis < TensorShape.rankMax else {
                throw Rejection(.shape, "x.shape has more axes than the limit of \(TensorShape.rankMax)")
            }
            guard try reader.peek() == .number, let length = try reader.readNumber("x.shape").integer else {
                throw Rejection(.shape, "x.shape[\(axis)] is not a whole number of 64 bits")
            }
            shape.append(length)
        }
        return shape
    }

    static func repeated(_ path: String, _ reader: JSONReader) -> Rejection {
        Rejection(.json, "\(path) comes a second time before byte \(reader.offset); send it once")
    }
}
