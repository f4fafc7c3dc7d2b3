import Text

/// The networks that are known by name.
public enum ModelCatalogue {
    /// A network that is known by name.
    public struct Entry: Sendable {
        /// The name as published.
        public let name: String
        /// What goes in and what comes out, and where it was published, in a line.
        public let summary: String
        /// The options with their defaults.
        public let options: [Option]
        let build: @Sendable (Settings) throws -> Model
    }

    /// A whole number that a network is built with.
    public struct Option: Sendable, Hashable {
        /// Its name.
        public let name: String
        /// What it is if nobody says otherwise.
        public let standard: Int
        /// What it may be.
        public let range: ClosedRange<Int>
        /// What it means.
        public let help: String
    }

    /// A network with its options settled.
    public struct Model: Sendable {
        /// The network.
        public let network: any Module
        /// The shape of the frames that go in.
        public let input: FrameShape
        /// The number of frames of the clips that the network was published for; nil when there is no such
        /// number.
        public let clip: Int?
        /// The number of outputs, one a class; nil without a head.
        public let classes: Int?

        init(_ network: any Module, input: FrameShape, clip: Int?, classes: Int?) {
            self.network = network
            self.input = input
            self.clip = clip
            self.classes = classes
        }
    }

    /// Values of options.
    struct Settings {
        let values: [String: Int]
        let withoutHead: Bool

        /// An option's value.
        subscript(name: String) -> Int {
            guard let value = values[name] else {
                preconditionFailure("\(name) is no option of this network")
            }
            return value
        }
        var classes: Int? { withoutHead ? nil : self["classes"] }
    }

    /// All entries.
    public static let entries = videos + skeletons + features

    /// The entry of a name; case, hyphens and a star's being written `-star` do not matter.
    ///
    /// - Throws: ``ContinualError`` that lists the names and says which is nearest.
    public static func entry(_ name: String) throws -> Entry {
        if let entry = entries.first(where: { key($0.name) == key(name) }) { return entry }
        let nearest = Spelling.nearest(to: name, among: entries.map(\.name))
        let suggestion = nearest.map { "; is \($0) meant?" } ?? "."
        throw ContinualError(
            .model,
            "there is no model \(name)\(suggestion) There are \(entries.map(\.name).joined(separator: ", "))")
    }

    /// The network of a name.
    ///
    /// - Parameters:
    ///   - options: values of its options; the others are as published.
    ///   - withoutHead: whether to end with the features before the last linear layer.
    /// - Throws: ``ContinualError`` when name or option are not known, or a value is out of range.
    public static func model(
        _ name: String, options: [String: Int] = [:], withoutHead: Bool = false
    ) throws -> Model {
        let entry = try entry(name)
        var values = Dictionary(uniqueKeysWithValues: entry.options.map { ($0.name, $0.standard) })
        for (option, value) in options.sorted(by: { $0.key < $1.key }) {
            guard let known = entry.options.first(where: { $0.name == option }) else {
                throw ContinualError(
                    .model,
                    "\(entry.name) has no option \(option); it has \(entry.options.map(\.name).joined(separator: ", "))"
                )
            }
            guard known.range.contains(value) else {
                throw ContinualError(
                    .model,
                    "\(entry.name): \(option) must lie in \(known.range.lowerBound)...\(known.range.upperBound), not be \(value)"
                )
            }
            values[option] = value
        }
        return try entry.build(Settings(values: values, withoutHead: withoutHead))
    }

    private static func key(_ name: String) -> String {
        name.lowercased().replacing("*", with: "star").filter { $0.isLetter || $0.isNumber }
    }

    // MARK: Options that several networks have

    static func classes(_ standard: Int) -> Option {
        Option(name: "classes", standard: standard, range: 1...100_000, help: "classes")
    }
    static func image(_ standard: Int, least: Int = 32) -> Option {
        Option(name: "image", standard: standard, range: least...1_024, help: "side of the square frames")
    }
    static func window(_ standard: Int) -> Option {
        Option(
            name: "window", standard: standard, range: 1...1_024,
            help: "frames that the head takes the mean of")
    }
    static func width(_ name: String, _ standard: Int, _ help: String) -> Option {
        Option(name: name, standard: standard, range: 1...65_536, help: help)
    }
}
