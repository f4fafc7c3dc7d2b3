/// Numbers that a snapshot's manifest keeps for an expert.
enum KeptNumbers: Codable {
    case one(Float)
    case list([Int])
    case lists([[Int]])

    /// The number, when it is one.
    var one: Float? { if case .one(let value) = self { value } else { nil } }
    /// The list, when it is one.
    var list: [Int]? { if case .list(let values) = self { values } else { nil } }
    /// The lists, when they are some.
    var lists: [[Int]]? { if case .lists(let values) = self { values } else { nil } }

    /// Reads a number, a list or a list of lists.
    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let value = try? container.decode(Float.self) {
            self = .one(value)
        } else if let values = try? container.decode([Int].self) {
            self = .list(values)
        } else {
            self = .lists(try container.decode([[Int]].self))
        }
    }

    /// Writes what it is, without its name.
    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .one(let value): try container.encode(value)
        case .list(let values): try container.encode(values)
        case .lists(let values): try container.encode(values)
        }
    }
}
