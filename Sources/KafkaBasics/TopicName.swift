/// What Kafka takes as the name of a topic.
public enum TopicName {
    /// The most bytes of a name.
    public static let bytesMax = 249

    /// Whether a topic can have the name: 1 to 249 of the characters a-z A-Z 0-9 . _ -, and neither . nor ..
    public static func isValid(_ name: String) -> Bool { isValid(name, bytesMax: bytesMax) }

    /// The same for a part of a name, which may have fewer bytes.
    public static func isValid(_ name: String, bytesMax: Int) -> Bool {
        guard 1...bytesMax ~= name.utf8.count, name != ".", name != ".." else { return false }
        return name.utf8.allSatisfy { byte in
            UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 0x20
                || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
                || "._-".utf8.contains(byte)
        }
    }

    /// What names may be, for messages.
    public static func rule(bytesMax: Int = bytesMax) -> String {
        "1 to \(bytesMax) of the characters a-z A-Z 0-9 . _ -, and neither . nor .."
    }
}
