import Files
import Foundation
import JSON
import KafkaBasics
import Text
import YAML

extension Configuration {
    /// Reads a YAML file.
    ///
    /// - Parameters:
    ///   - environment: the values of `${NAME}` in any text, so that secrets need not stand in the file.
    /// - Throws: ``ConfigurationError`` that names the file, the line, the setting and what to do, and shows no value.
    public init(file path: String, environment: [String: String]) throws {
        let data: Data
        do {
            data = try InputFile.contents(of: path, limit: YAMLLimits().bytes)
        } catch {
            throw ConfigurationError("\(error)")
        }
        do {
            try self.init(yaml: data, environment: environment)
        } catch {
            throw ConfigurationError("\(path): \(error)")
        }
    }

    /// Reads YAML text and completes it.
    ///
    /// - Throws: ``ConfigurationError`` that names the line, the setting and what to do, and shows no value; or the
    ///   error of the part that a setting belongs to.
    public init(yaml text: String, environment: [String: String]) throws {
        try self.init(yaml: text.utf8, environment: environment)
    }

    private init(yaml bytes: some Collection<UInt8>, environment: [String: String]) throws {
        let given = try Self.parse(bytes)
        // Misspelt names first: a required setting may be among them.
        let merged = try Self.merge(
            given, into: YAMLEncoder().encode(Configuration()), path: "", environment: environment)
        let weights = try? merged["frames"]?["weights"]?.text()
        let hasFrames = !(weights ?? "").isEmpty
        for required in ["stream", "brokers", "dimension"] where given[required] == nil {
            // The network gives it.
            if required == "dimension", hasFrames { continue }
            throw ConfigurationError(
                "\(required) is missing; stream, brokers and dimension (or frames.weights) have no default. `weir config --example` prints a file to begin with",
                setting: required)
        }
        try Self.checkKafka(merged)
        self = try Self.decode(merged, given: given)
    }

    private static func parse(_ bytes: some Collection<UInt8>) throws -> YAMLNode {
        do throws(YAMLError) {
            let given = try YAMLNode(parsing: bytes)
            _ = try given.entries()
            return given
        } catch {
            throw ConfigurationError("this cannot be read as YAML with settings as `name: value`: \(error)")
        }
    }

    private static func decode(_ merged: YAMLNode, given: YAMLNode) throws -> Configuration {
        let configuration: Configuration
        do throws(YAMLError) {
            configuration = try YAMLDecoder().decode(Configuration.self, from: merged)
        } catch {
            throw ConfigurationError(error.description, setting: error.path)
        }
        do {
            return try configuration.completed()
        } catch {
            let message = "\(error)"
            let setting = (error as? ConfigurationError)?.setting ?? firstSetting(of: message, in: given)
            guard let setting, let mark = mark(of: setting, in: given) else { throw error }
            // The parts of a stream know their settings without the section's name.
            let name = message.hasPrefix(setting) ? "" : "\(setting): "
            throw ConfigurationError(
                "line \(mark.line), column \(mark.column): \(name)\(message)", setting: setting)
        }
    }

    /// The defaults overlaid by what is given; names that do not exist are refused.
    private static func merge(
        _ given: YAMLNode, into defaults: YAMLNode, path: String, environment: [String: String]
    ) throws -> YAMLNode {
        switch (given.content, defaults.content) {
        // Any name may stand below `kafka`.
        case (_, .section(let known)) where path != "kafka":
            if given.isNull { return defaults }
            guard case .section(let entries) = given.content else {
                throw fault(
                    given.mark,
                    "\(path) is a section; below it, indented, stand its settings as `name: value`")
            }
            var result = known
            for entry in entries {
                guard let index = known.firstIndex(where: { $0.name == entry.name }) else {
                    // What stands there is not shown: it may be a misplaced secret.
                    let near = Spelling.nearest(to: entry.name, among: known.map(\.name))
                    let names = near.map { "did you mean \(path.isEmpty ? "" : path + ".")\($0)?" }
                    throw fault(
                        entry.mark,
                        "there is no such setting\(path.isEmpty ? "" : " in \(path)"); \(names ?? "there are \(known.map(\.name).joined(separator: ", "))")"
                    )
                }
                let below = path.isEmpty ? entry.name : "\(path).\(entry.name)"
                result[index].value = try merge(
                    entry.value, into: known[index].value, path: below, environment: environment)
            }
            return YAMLNode(.section(result), mark: given.mark)
        case (.section(let entries), _):
            return YAMLNode(
                .section(
                    try entries.map {
                        var entry = $0
                        entry.value = try substitute(entry.value, environment)
                        return entry
                    }), mark: given.mark)
        default:
            if path == "kafka", given.isNull { return defaults }
            return try substitute(given, environment)
        }
    }

    /// Puts the value of an environment variable in the place of each `${NAME}`.
    private static func substitute(_ node: YAMLNode, _ environment: [String: String]) throws -> YAMLNode {
        if case .list(let elements) = node.content {
            return YAMLNode(.list(try elements.map { try substitute($0, environment) }), mark: node.mark)
        }
        guard case .scalar(let text, _) = node.content, text.contains("${") else { return node }
        var result = ""
        var rest = text[...]
        while let start = rest.range(of: "${") {
            result += rest[..<start.lowerBound]
            guard let end = rest[start.upperBound...].firstIndex(of: "}") else {
                throw fault(node.mark, "there is a ${ without its }")
            }
            let name = String(rest[start.upperBound..<end])
            guard let value = environment[name] else {
                // A name as variables have it is no secret; anything else might be.
                let isName =
                    !name.isEmpty && name.allSatisfy { "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_".contains($0) }
                throw fault(
                    node.mark,
                    isName
                        ? "the environment variable \(name) is not set"
                        : "between ${ and } stands the name of an environment variable that is set, in capital letters, digits and _, and nothing else"
                )
            }
            result += value
            rest = rest[rest.index(after: end)...]
        }
        // No longer plain: an empty value is empty text.
        return YAMLNode(.scalar(result + rest, isPlain: false), mark: node.mark)
    }

    /// Asks librdkafka of each of its properties, so that a slip is found with its line.
    private static func checkKafka(_ merged: YAMLNode) throws {
        for entry in merged["kafka"].flatMap({ try? $0.entries() }) ?? [] {
            let value = try text(of: entry)
            guard value != mask || !ClientProperty.isSecret(entry.name) else {
                throw fault(
                    entry.value.mark,
                    "kafka: these asterisks stand where `weir config` hides a secret; write ${NAME} and set the environment variable"
                )
            }
            guard !entry.name.contains("\0"), !value.contains("\0") else {
                throw fault(entry.mark, "kafka: librdkafka takes no NUL, neither in names nor in values")
            }
            switch ClientProperty.fault(name: entry.name, value: value) {
            case nil: break
            case .unknown:
                let near = Spelling.nearest(to: entry.name, among: ClientProperty.names)
                throw fault(
                    entry.mark,
                    "kafka has no such property\(near.map { "; did you mean \($0)?" } ?? ": librdkafka's CONFIGURATION.md lists all")"
                )
            case .value(let range):
                throw fault(
                    entry.value.mark,
                    "kafka: the property \(entry.name) does not take this value\(range.map { "; it must lie in \($0)" } ?? "")"
                )
            }
        }
    }

    /// The setting that a part of a stream names with the first word of its message.
    private static func firstSetting(of message: String, in given: YAMLNode) -> String? {
        let name = String(message.prefix { $0.isLetter })
        let sections = ["memory", "ensemble", "evaluation", "predictions"]
        return sections.first { given[$0]?[name] != nil }.map { "\($0).\(name)" }
            ?? (given[name] == nil ? nil : name)
    }

    private static func text(of entry: YAMLNode.Entry) throws -> String {
        do throws(YAMLError) {
            return try entry.value.text()
        } catch {
            throw ConfigurationError(
                "\(error); below kafka: stand librdkafka's properties, dots and all, as `sasl.username: value`"
            )
        }
    }

    private static func fault(_ mark: YAMLMark?, _ message: String) -> ConfigurationError {
        ConfigurationError((mark.map { "line \($0.line), column \($0.column): " } ?? "") + message)
    }

    /// Where a setting stands.
    private static func mark(of setting: String, in given: YAMLNode) -> YAMLMark? {
        var node: YAMLNode? = given
        // Names below `kafka` have dots themselves.
        let isKafka = setting.hasPrefix("kafka.")
        for name in setting.split(separator: ".", maxSplits: isKafka ? 1 : 9) { node = node?[String(name)] }
        return node?.mark
    }

    /// The whole configuration as YAML, secrets hidden.
    public func yaml() throws -> String {
        try YAMLEncoder().encode(withoutSecrets).yaml()
    }

    /// The whole configuration as JSON, secrets hidden.
    public func json() throws -> String {
        try JSONText.encoded(withoutSecrets, isPretty: true)
    }

    /// What is printed in the place of a secret.
    private static let mask = "********"

    private var withoutSecrets: Configuration {
        var shown = self
        for name in shown.kafka.keys where ClientProperty.isSecret(name) { shown.kafka[name] = Self.mask }
        return shown
    }
}
