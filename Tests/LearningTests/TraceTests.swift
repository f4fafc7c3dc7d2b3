import Experts
import Foundation
import Learning
import Tensors
import Testing

/// A trace and its bytes.
@Suite struct TraceTests {
    private func trace(
        _ id: String, label: String, weight: Int = 1, codes: [UInt16], steps: [Int16] = [],
        vector: [Float] = [], source: SampleSource? = nil
    ) -> Trace {
        let sample = LearnerSample(id: id, weight: weight, source: source)
        return vector.withUnsafeBufferPointer { vector in
            codes.withUnsafeBufferPointer { codes in
                steps.withUnsafeBufferPointer { steps in
                    Trace(
                        sample, label: label,
                        EncodedSample(
                            vector: vector, codes: codes, steps: steps,
                            features: UnsafeBufferPointer(start: nil, count: 0)),
                        fate: vector.isEmpty ? .learned : .heldOut)
                }
            }
        }
    }

    private func randomTrace(_ random: inout RandomGenerator, codeBits: Int) -> Trace {
        func text(_ limit: Int) -> String {
            (0...random.below(limit)).reduce(into: "") { text, _ in
                text += ["a", "ß", "7", "日", "🐟", "\0"][random.below(6)]
            }
        }
        let isHeldOut = random.below(3) == 0
        return trace(
            text(20), label: text(8), weight: 1 + random.below(1_000_000),
            codes: (0...(7 + random.below(60))).map { _ in UInt16(random.below(1 << codeBits)) },
            steps: isHeldOut || random.below(4) == 0
                ? [] : (0...random.below(50)).map { _ in Int16(random.below(8_191) - 4_095) },
            vector: isHeldOut ? (0...random.below(50)).map { _ in Float(random.normal()) } : [],
            source: random.below(2) == 0
                ? nil
                : SampleSource(
                    topic: text(8), partition: Int32(random.below(1 << 31)),
                    offset: Int64(random.below(1 << 62))))
    }

    private func read(_ bytes: [UInt8]) throws -> Trace {
        try bytes.withUnsafeBytes { try Trace(bytes: $0) }
    }

    private func isRefused(_ bytes: [UInt8]) -> Bool {
        do {
            _ = try read(bytes)
            return false
        } catch {
            return (error as? LearnerError)?.code == .trace
        }
    }

    @Test("A trace comes back from its bytes", arguments: RandomStream.seeds)
    func roundTrip(seed: UInt64) throws {
        var random = RandomGenerator(seed: seed)
        for _ in 0..<500 {
            let codeBits = 1 + random.below(16)
            let trace = randomTrace(&random, codeBits: codeBits)
            let bytes = try trace.encoded(codeBits: codeBits)
            #expect(try read(bytes) == trace, "seed \(seed)")
            // In wider codes it is the same trace.
            #expect(try read(trace.encoded(codeBits: 16)) == trace, "seed \(seed)")
        }
    }

    @Test(
        "Bytes that are cut, that go on, or that have a flipped bit are refused or another trace",
        arguments: RandomStream.seeds)
    func damage(seed: UInt64) throws {
        var random = RandomGenerator(seed: seed)
        for _ in 0..<20 {
            let codeBits = 1 + random.below(16)
            let trace = randomTrace(&random, codeBits: codeBits)
            let bytes = try trace.encoded(codeBits: codeBits)
            for count in bytes.indices { #expect(isRefused(Array(bytes[..<count])), "\(count) bytes") }
            #expect(isRefused(bytes + [0]))
            for bit in 0..<(8 * bytes.count) {
                var other = bytes
                other[bit / 8] ^= 1 << (bit % 8)
                if isRefused(other) { continue }
                let read = try read(other)
                #expect(read != trace, "seed \(seed), bit \(bit)")
                #expect(try self.read(read.encoded(codeBits: 16)) == read)
            }
        }
    }

    @Test("Any bytes are read or refused", arguments: RandomStream.seeds)
    func noise(seed: UInt64) {
        var random = RandomGenerator(seed: seed)
        for _ in 0..<20_000 {
            // Small numbers, or most would end at the first length.
            let bytes =
                [1, UInt8(random.below(16))]
                + (0..<random.below(60)).map { _ in UInt8(random.below(random.below(4) == 0 ? 256 : 3)) }
            if let trace = try? read(bytes) {
                #expect((try? trace.encoded(codeBits: 16)) != nil)
            } else {
                #expect(isRefused(bytes))
            }
        }
    }

    @Test("The bytes of three traces are those of the table, written by another hand")
    func golden() throws {
        let golden: [(String, Int, Trace)] = [
            (
                "learned", 8,
                trace(
                    "sample 17", label: "Käse", weight: 3,
                    codes: (0..<128).map { UInt16((37 * $0 + 11) % 256) },
                    steps: (0..<384).map { Int16((977 * $0 + 5) % 8_191 - 4_095) },
                    source: SampleSource(topic: "samples", partition: 2, offset: 1 << 40))
            ),
            (
                "held-out", 12,
                trace(
                    "ö", label: "7", weight: 1_000_000, codes: (0..<9).map { UInt16(509 * $0 % 4_096) },
                    vector: (0..<16).map { Float($0 - 3) / 8 },
                    source: SampleSource(topic: "t", partition: 0, offset: 0))
            ),
            ("counts", 1, trace("a", label: "b", codes: [1, 0, 0, 1, 1, 0, 1, 1, 1])),
        ]
        for (name, codeBits, trace) in golden {
            let url = try #require(
                Bundle.module.url(forResource: name, withExtension: "trace", subdirectory: "Fixtures/traces"))
            let bytes = Array(try Data(contentsOf: url))
            #expect(try trace.encoded(codeBits: codeBits) == bytes, "\(name)")
            #expect(try read(bytes) == trace, "\(name)")
        }
    }

    @Test("What lies beyond a bound is refused by the name of its part")
    func bounds() throws {
        let codes: [UInt16] = [1, 2]
        let source = SampleSource(topic: "t", partition: 0, offset: 0)
        func far(_ topic: String, _ partition: Int32, _ offset: Int64) -> SampleSource {
            SampleSource(topic: topic, partition: partition, offset: offset)
        }
        let long = String(repeating: "é", count: 513)
        let cases: [(Trace, String)] = [
            (trace("", label: "l", codes: codes), "id"), (trace(long, label: "l", codes: codes), "id"),
            (trace("i", label: "", codes: codes), "label"), (trace("i", label: long, codes: codes), "label"),
            (trace("i", label: "l", weight: 0, codes: codes), "weight"),
            (trace("i", label: "l", weight: 1_000_001, codes: codes), "weight"),
            (trace("i", label: "l", codes: codes, source: far("", 0, 0)), "topic"),
            (trace("i", label: "l", codes: codes, source: far(long, 0, 0)), "topic"),
            (trace("i", label: "l", codes: codes, source: far("t", -1, 0)), "partition"),
            (trace("i", label: "l", codes: codes, source: far("t", 0, -1)), "offset"),
            (trace("i", label: "l", codes: []), "codes"),
            (trace("i", label: "l", codes: [UInt16](repeating: 0, count: 262_145)), "codes"),
            (trace("i", label: "l", codes: [8]), "3 bits"),
            (trace("i", label: "l", codes: codes, steps: [-4_096]), "step"),
            (trace("i", label: "l", codes: codes, steps: [Int16](repeating: 0, count: 65_537)), "steps"),
            (trace("i", label: "l", codes: codes, vector: [.nan], source: source), "finite"),
            (trace("i", label: "l", codes: codes, vector: [Float](repeating: 0, count: 65_537)), "vector"),
        ]
        for (trace, name) in cases {
            #expect { try trace.encoded(codeBits: 3) } throws: { error in
                guard let error = error as? LearnerError else { return false }
                return error.code == .trace && error.message.contains(name)
            }
        }
        let largest = trace(
            String(repeating: "é", count: 512), label: String(repeating: "x", count: 1_024),
            weight: 1_000_000,
            codes: [UInt16](repeating: 7, count: 262_144), steps: [Int16](repeating: 4_095, count: 65_536),
            source: far(String(repeating: "t", count: 249), .max, .max))
        #expect(try read(largest.encoded(codeBits: 3)) == largest)
    }

    @Test("Another version is refused with what to do, contradictions by what they are")
    func refusals() throws {
        let bytes = try trace("i", label: "l", codes: [1, 2], steps: [1]).encoded(codeBits: 2)
        func message(_ change: (inout [UInt8]) -> Void) -> String {
            var bytes = bytes
            change(&bytes)
            do {
                return "read: \(try read(bytes))"
            } catch {
                return "\(error)"
            }
        }
        for version in [0, 2, 255] {
            #expect(
                message { $0[0] = UInt8(version) }
                    == "a trace of version \(version); this Weir reads 1. Upgrade the readers first")
        }
        #expect(message { $0[1] |= 16 }.contains("flags"))
        #expect(message { $0[1] |= 1 }.contains("held out"))
        #expect(message { $0[4] = 0xff } == "the id of the trace is not UTF-8")
        #expect(message { $0[12] = 0 }.contains("bits of a code"))
        #expect(message { $0[12] = 17 }.contains("bits of a code"))
        #expect(message { $0[17] |= 16 } == "the codes of the trace do not end in zeros")
        #expect(message { $0.append(0) } == "the trace has 1 bytes too many")
        #expect(message { $0.removeLast() }.hasPrefix("the trace ends within its steps"))
        #expect(message { $0 = [] }.hasPrefix("the trace ends within its version"))
    }
}
