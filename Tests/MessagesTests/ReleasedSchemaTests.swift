import Foundation
import Testing

/// The schemas against those of the last release: what clients were built from goes on to hold, or is told of.
@Suite struct ReleasedSchemaTests {
    private static let released = "Tests/Fixtures/released"

    private func text(_ path: String) throws -> String {
        try String(contentsOf: repository.appendingPathComponent(path), encoding: .utf8)
    }

    /// Every member that a schema tells of, by its path.
    private func members(_ schema: Any, _ path: String = "") -> Set<String> {
        var found: Set<String> = []
        for (key, value) in schema as? [String: Any] ?? [:] {
            switch key {
            case "properties":
                for (name, member) in value as? [String: Any] ?? [:] {
                    found.insert(path + name)
                    found.formUnion(members(member, "\(path)\(name)."))
                }
            case "required": found.formUnion((value as? [String] ?? []).map { path + $0 })
            case "$defs":
                for (name, definition) in value as? [String: Any] ?? [:] {
                    found.formUnion(members(definition, "\(path)\(name)."))
                }
            case "examples", "x-refused": continue
            default:
                for part in value as? [Any] ?? [value] { found.formUnion(members(part, path)) }
            }
        }
        return found
    }

    private func unsaid(_ gone: Set<String>, in changes: String) -> [String] {
        gone.filter { !changes.contains("`\($0)`") }.sorted()
    }

    @Test func noFieldNumberStandsForSomethingElse() throws {
        let before = ProtobufSchema(try text("\(Self.released)/weir.proto")).meanings
        let now = ProtobufSchema(try text("schemas/weir.proto")).meanings
        #expect(before.count > 80 && before["Sample.4"] == "optional string label")
        #expect(before["Role.3"] == "ROLE_HOLDOUT" && before["Instruction.1"] == "Unlearn unlearn")
        for (number, meaning) in before {
            if let newer = now[number] { #expect(newer == meaning, "\(number)") }
        }
        let gone = Set(before.keys).subtracting(now.keys)
        #expect(unsaid(gone, in: try text("docs/changes.md")).isEmpty)
    }

    @Test func noMemberGoesUnsaid() throws {
        let folder = repository.appendingPathComponent(Self.released)
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            .filter { $0.hasSuffix(".schema.json") }.map { $0.replacing(".schema.json", with: "") }
        #expect(names.count >= 6)
        let changes = try text("docs/changes.md")
        for name in names {
            let before = members(try schema(name, in: Self.released))
            let gone = before.subtracting(members(try schema(name)))
            #expect(!before.isEmpty && unsaid(gone, in: changes).isEmpty, "\(name): \(gone)")
        }
    }

    @Test func seesWhatIsGone() throws {
        let before = ProtobufSchema(
            """
            message A { // of a oneof
              oneof kind {
                B first = 1;  // 7 = 8;
              }
              map<string, int32> counts = 2;
              message B {
                string a = 1;
              }
              reserved 3;
            }
            enum C { NO = 0; }
            enum D {
              NONE = 0;
            }
            """)
        #expect(
            before.meanings == [
                "A.1": "B first", "A.2": "map<string, int32> counts", "A.B.1": "string a", "C.0": "NO",
                "D.0": "NONE",
            ])
        let schema: [String: Any] = [
            "required": ["a"], "examples": [["properties": ["no": [:]]]],
            "properties": [
                "a": [
                    "oneOf": [["properties": ["b": ["type": "null"]]], ["items": ["required": ["c"]]]]
                ]
            ],
            "$defs": ["d": ["properties": ["e": [:]]]],
        ]
        #expect(members(schema) == ["a", "a.b", "a.c", "d.e"])
        #expect(unsaid(["a", "a.b", "a.c"], in: "`a` and a.b and `a.c.d`") == ["a.b", "a.c"])
    }
}
