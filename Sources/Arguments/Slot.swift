import Synchronization

/// Where a property's value lies. Copies of a command share it.
final class Slot<Value: Sendable>: Sendable {
    let traits: ValueTraits
    private let convert: @Sendable ([String]) throws(InvalidWord) -> Value
    private let state: Mutex<Value?>

    private init(
        _ value: Value?, _ traits: ValueTraits,
        convert: @escaping @Sendable ([String]) throws(InvalidWord) -> Value
    ) {
        state = Mutex(value)
        self.traits = traits
        self.convert = convert
    }

    var value: Value {
        guard let value = state.withLock({ $0 }) else {
            // Only the parser makes commands to run, and it sets every required property.
            fatalError("a property that must be given was read before the command line was parsed")
        }
        return value
    }

    /// Sets the value from the words that were given, one or more.
    @Sendable func assign(_ words: [String]) throws(InvalidWord) {
        let value = try convert(words)
        state.withLock { $0 = value }
    }
}

extension Slot where Value: ExpressibleByArgument {
    /// One value; without a default it must be given.
    convenience init(default value: Value?) {
        let traits = ValueTraits(
            allowed: Value.allValueStrings, defaultText: value?.defaultValueDescription ?? "",
            isNumber: Value.self is any Numeric.Type, isRequired: value == nil)
        self.init(value, traits) { (words) throws(InvalidWord) in try last(of: words) }
    }
}

extension Slot where Value == Bool {
    /// True once it is given.
    convenience init(flag value: Bool) {
        self.init(value, ValueTraits()) { (_) throws(InvalidWord) in true }
    }
}

extension Slot {
    /// A value that may be left out.
    convenience init<Wrapped: ExpressibleByArgument>() where Value == Wrapped? {
        let traits = ValueTraits(allowed: Wrapped.allValueStrings, isNumber: Wrapped.self is any Numeric.Type)
        self.init(.some(nil), traits) { (words) throws(InvalidWord) in try last(of: words) as Wrapped }
    }

    /// A list of values.
    convenience init<Element: ExpressibleByArgument>(defaults: [Element]) where Value == [Element] {
        let traits = ValueTraits(
            allowed: Element.allValueStrings,
            defaultText: defaults.map(\.defaultValueDescription).joined(separator: ", "),
            isNumber: Element.self is any Numeric.Type, isRepeated: true)
        self.init(defaults, traits) { (words) throws(InvalidWord) in try values(of: words) }
    }
}

/// The values of all words.
private func values<Element: ExpressibleByArgument>(of words: [String]) throws(InvalidWord) -> [Element] {
    var values: [Element] = []
    for (index, word) in words.enumerated() {
        guard let value = Element(argument: word) else { throw InvalidWord(index: index) }
        values.append(value)
    }
    return values
}

/// The value of the last word; the others must be right, too.
private func last<Element: ExpressibleByArgument>(of words: [String]) throws(InvalidWord) -> Element {
    let all: [Element] = try values(of: words)
    return all[all.count - 1]
}
