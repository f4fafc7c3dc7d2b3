extension JSONReader {
    /// Checks a whole text: one value, well-formed, nested at most ``depthMax`` deep, and no object with a name twice,
    /// of which readers differ in which counts.
    ///
    /// - Throws: ``Rejection`` with the byte offset of the first fault.
    public static func check(_ bytes: UnsafeRawBufferPointer) throws(Rejection) {
        var reader = JSONReader(bytes)
        try reader.checkValue(depth: 0)
        try reader.finish()
    }

    private mutating func checkValue(depth: Int) throws(Rejection) {
        let kind = try peek()
        guard kind == .object || kind == .array else { return try skipValue() }
        guard depth < Self.depthMax else { throw tooDeep() }
        guard kind == .object else {
            return try readArray("value") { (reader, _) throws(Rejection) in
                try reader.checkValue(depth: depth + 1)
            }
        }
        var names: Set<String> = []
        try readObject("value") { (reader, name) throws(Rejection) in
            guard names.insert(name).inserted else {
                throw Rejection(
                    .json,
                    "before byte \(reader.offset) an object has a name that it had before; give it once")
            }
            try reader.checkValue(depth: depth + 1)
        }
    }

    func tooDeep() -> Rejection {
        Rejection(.json, "byte \(offset): nested deeper than \(Self.depthMax) levels; flatten the value")
    }
}
