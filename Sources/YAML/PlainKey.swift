/// A coding key that belongs to no type: the place in a list, or that of a superclass.
enum PlainKey: CodingKey {
    case index(Int)
    case `super`

    init?(stringValue: String) { nil }

    init?(intValue: Int) { nil }

    var intValue: Int? {
        if case .index(let index) = self { index } else { nil }
    }

    var stringValue: String {
        if case .index(let index) = self { "Index \(index)" } else { "super" }
    }
}

extension [any CodingKey] {
    /// The path of a setting, such as `keys.samples`. Places in lists are left out: the mark tells them. Keys that can
    /// have any name, as those of dictionaries, stand as `*`, since the name comes from the file.
    var settingPath: String {
        compactMap { key in
            if key is PlainKey { return nil }
            return Self.hasAnyName(type(of: key)) ? "*" : key.stringValue
        }.joined(separator: ".")
    }

    private static func hasAnyName(_ type: any CodingKey.Type) -> Bool {
        // No type declares a case of this name.
        type.init(stringValue: "\u{1}") != nil
    }
}
