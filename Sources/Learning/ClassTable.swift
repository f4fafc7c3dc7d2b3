import Foundation

/// The labels met so far, numbered in the order of their first appearance.
public struct ClassTable: Sendable, Codable, Equatable {
    /// The label of each class.
    public private(set) var labels: [String] = []
    private var indices: [String: Int] = [:]

    /// No labels.
    public init() {}

    /// The number of classes.
    public var count: Int { labels.count }

    /// The class of a label, or nil when it was never met.
    public func index(of label: String) -> Int? { indices[label] }

    /// The class of a label, which is new if it was never met.
    ///
    /// Labels that Unicode holds for the same text are the same class, kept in its composed form (NFC), so that
    /// the bytes do not depend on which spelling came first.
    public mutating func open(_ label: String) -> Int {
        if let index = indices[label] { return index }
        indices[label] = labels.count
        labels.append(label.precomposedStringWithCanonicalMapping)
        return labels.count - 1
    }

    /// Gives a class another label.
    ///
    /// - Returns: false, and nothing has changed, when another class has that label.
    mutating func rename(_ index: Int, to label: String) -> Bool {
        if let other = indices[label] { return other == index }
        indices[labels[index]] = nil
        indices[label] = index
        labels[index] = label.precomposedStringWithCanonicalMapping
        return true
    }

    /// Reads the labels in their order.
    public init(from decoder: any Decoder) throws {
        for label in try decoder.singleValueContainer().decode([String].self) { _ = open(label) }
    }

    /// Writes the labels in their order.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(labels)
    }
}
