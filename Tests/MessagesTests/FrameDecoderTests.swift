import Foundation
import Messages
import TestSupport
import Testing

@Suite struct FrameDecoderTests {
    static let decoder = FrameDecoder(dimension: 2, limits: SampleLimits(frames: 4))

    static let frames: [Frame] = [
        Frame(session: "a", sequence: 0, values: [0.5, -1]),
        Frame(
            session: "sieben é", sequence: 1 << 53, values: [0.5, -1, 2.25, 0.001], count: 2, label: "7",
            role: .holdout, wantsReasons: true, isEnd: true, answersLastOnly: true),
        Frame(session: "a", sequence: 17, values: [0, 1, 2, 3, 4, 5, 6, 7], count: 4, role: .train),
        Frame(session: "a", sequence: 0, values: [], isEnd: true),
    ]

    @Test("What is written is read again, in both formats", arguments: frames)
    func roundTrip(frame: Frame) throws {
        var bytes: [UInt8] = []
        frame.encodeJSON(into: &bytes)
        #expect(Self.decoder.outcome(bytes) == .success(frame))
        #expect(Self.decoder.outcome(protobuf: try frame.encodeProtobuf()) == .success(frame))
    }

    @Test("The key names the session when the value does not")
    func key() {
        let decoder = Self.decoder
        #expect(decoder.outcome(#"{"seq":0,"x":[1,2]}"#, key: "k").frame?.session == "k")
        #expect(decoder.outcome(#"{"session":"s","seq":0,"x":[1,2]}"#, key: "k").frame?.session == "s")
        #expect(decoder.outcome(#"{"session":null,"seq":0,"x":[1,2]}"#, key: "k").frame?.session == "k")
        #expect(decoder.outcome(#"{"seq":0,"x":[1,2]}"#).code == .noSession)
        #expect(decoder.outcome(#"{"seq":0,"x":[1,2]}"#, key: "").code == .session)
        #expect(decoder.outcome(#"{"seq":0,"x":[1,2]}"#, key: "a\nb").code == .session)
        #expect(
            decoder.outcome(Array(#"{"seq":0,"x":[1,2]}"#.utf8), key: [0xff]).code == .session)
        let long = String(repeating: "é", count: 129)
        #expect(decoder.outcome(#"{"seq":0,"x":[1,2]}"#, key: long).code == .session)
        #expect(decoder.outcome(#"{"session":"\#(long)","seq":0,"x":[1,2]}"#).code == .session)
        #expect(
            decoder.outcome(protobuf: Wire.field(2, varint: 0) + Wire.field(3, Wire.floats([1, 2]))).code
                == .noSession)
        #expect(
            decoder.outcome(
                protobuf: Wire.field(2, varint: 0) + Wire.field(3, Wire.floats([1, 2])), key: "k"
            )
            .frame == Frame(session: "k", sequence: 0, values: [1, 2]))
    }

    @Test("Values must be whole frames, as many as are said")
    func dimensions() {
        let decoder = Self.decoder
        for (text, code) in [
            (#"{"seq":0,"x":[1]}"#, RejectionCode.dimension), (#"{"seq":0,"x":[1,2,3]}"#, .dimension),
            (#"{"seq":0,"x":[1,2,3,4]}"#, .dimension), (#"{"seq":0,"x":[1,2,3,4],"frames":3}"#, .dimension),
            (#"{"seq":0,"x":[1,2],"frames":2}"#, .dimension),
            (#"{"seq":0,"x":[1,2,3,4,5,6,7,8,9,10],"frames":4}"#, .dimension),
            (#"{"seq":0,"x":[1,2],"frames":5}"#, .frames),
        ] {
            #expect(decoder.outcome(text, key: "k").code == code, "\(text)")
        }
    }

    @Test(
        "Each fault of a message has its code",
        arguments: [
            (Wire.field(3, Wire.floats([1, 2])), RejectionCode.sequence),
            (Wire.field(2, varint: .max) + Wire.field(3, Wire.floats([1, 2])), .sequence),
            (Wire.field(2, varint: 0), .noFeatures),
            (Wire.field(2, varint: 0) + Wire.field(3, Wire.floats([1, .nan])), .notFinite),
            (Wire.field(2, varint: 0) + Wire.field(3, Wire.floats([1, .infinity])), .notFinite),
            (
                Wire.field(2, varint: 0) + Wire.field(3, Wire.floats([1, 2])) + Wire.field(5, varint: 0),
                .frames
            ),
            (
                Wire.field(2, varint: 0) + Wire.field(3, Wire.floats([1, 2])) + Wire.field(5, varint: 9),
                .frames
            ),
            (
                Wire.field(2, varint: 0) + Wire.field(3, Wire.floats([1, 2])) + Wire.field(10, varint: 9),
                .frames
            ),
            (
                Wire.field(2, varint: 0) + Wire.field(3, Wire.floats([1, 2])) + Wire.field(7, varint: 9),
                .role
            ),
            (Wire.field(2, varint: 0) + Wire.field(3, Wire.floats([1, 2])) + Wire.field(6, ""), .label),
            (Wire.field(9, varint: 1) + Wire.field(5, varint: 1), .frames),
            (
                Wire.field(2, varint: 0) + Wire.field(3, Wire.floats([1, 2]))
                    + Wire.field(4, Wire.tensor(dtype: 4, shape: [2], data: [1, 2])), .conflict
            ),
            (
                Wire.field(2, varint: 0) + Wire.field(4, Wire.tensor(dtype: 0, shape: [2], data: [1, 2])),
                .dtype
            ),
            (
                Wire.field(2, varint: 0) + Wire.field(4, Wire.tensor(dtype: 4, shape: [3], data: [1, 2])),
                .shape
            ),
            ([0xff], .protobuf), ([], .empty),
        ])
    func messageFaults(message: [UInt8], code: RejectionCode) {
        #expect(Self.decoder.outcome(protobuf: message, key: "k").code == code)
    }

    @Test("A tensor holds several frames")
    func tensor() {
        let message =
            Wire.field(2, varint: 3) + Wire.field(5, varint: 2)
            + Wire.field(4, Wire.tensor(dtype: 4, shape: [2, 2], data: [1, 2, 3, 4]))
        #expect(
            Self.decoder.outcome(protobuf: message, key: "k").frame
                == Frame(session: "k", sequence: 3, values: [1, 2, 3, 4], count: 2))
    }

    @Test("Headers stand in for role and explain, tombstones and repeats are refused")
    func others() {
        let decoder = Self.decoder
        let text = Array(#"{"session":"a","seq":0,"x":[1,2]}"#.utf8)
        let outcome = decoder.outcome(
            text, ["weir_role": Array("train".utf8), "weir_explain": Array("true".utf8)])
        #expect(outcome.frame?.role == .train && outcome.frame?.wantsReasons == true)
        #expect(decoder.outcome(text, ["weir_role": Array("x".utf8)]).code == .role)
        #expect(decoder.outcome(text, ["content-type": Array("text/plain".utf8)]).code == .contentType)
        #expect(decoder.outcome(nil as [UInt8]?).code == .tombstone)
        #expect(decoder.outcome(#"{"session":"a","seq":0,"seq":0,"x":[1,2]}"#).code == .json)
        #expect(
            decoder.outcome(#"{"session":"a","role":"train","seq":0,"x":[1,2]}"#).frame?.role == .train)
        let small = FrameDecoder(dimension: 2, limits: SampleLimits(payloadBytes: 8))
        #expect(small.outcome(text).code == .tooLarge)
    }

    @Test("Damaged records are sound or refused", arguments: UInt64(1)...2)
    func fuzz(seed: UInt64) throws {
        var generator = SplitMix64(seed: seed)
        let decoder = Self.decoder
        let values: [(Bool, [UInt8])] = try Self.frames.flatMap { frame in
            var bytes: [UInt8] = []
            frame.encodeJSON(into: &bytes)
            return [(true, bytes), (false, try frame.encodeProtobuf())]
        }
        var accepted = 0
        for round in 0..<FuzzTests.rounds {
            let (isJSON, original) = values[round % values.count]
            let value = FuzzTests.mutate(original, &generator)
            let place = Comment("seed \(seed), round \(round), value \(base64(value))")
            switch isJSON ? decoder.outcome(value) : decoder.outcome(protobuf: value) {
            case .success(let frame):
                accepted += 1
                try #require(FuzzTests.isSound(frame.session), place)
                try #require(frame.label.map(FuzzTests.isSound) ?? true, place)
                try #require(Frame.sequences.contains(frame.sequence), place)
                try #require(frame.values.count == frame.count * 2 && frame.count <= 4, place)
                try #require(frame.count > 0 || frame.isEnd, place)
                try #require(frame.values.allSatisfy { $0.isFinite }, place)
                var json: [UInt8] = []
                frame.encodeJSON(into: &json)
                var again = frame
                // The number of no frame is not written.
                if frame.count == 0 {
                    again = Frame(
                        session: frame.session, sequence: 0, values: [], label: frame.label, role: frame.role,
                        wantsReasons: frame.wantsReasons, isEnd: true, answersLastOnly: frame.answersLastOnly)
                }
                try #require(decoder.outcome(json) == .success(again), place)
                try #require(
                    decoder.outcome(protobuf: try frame.encodeProtobuf()) == .success(again), place)
            case .failure(let rejection):
                try #require(!rejection.message.isEmpty && rejection.message.utf8.count < 400, place)
            }
        }
        #expect(accepted > FuzzTests.rounds / 50, "\(accepted)")
    }

    @Test("Long and negative numbers and long texts are written as Protocol Buffers have them")
    func writer() throws {
        var prediction = FuzzTests.prediction
        prediction.codes = (0..<200).map { $0 * 7 - 300 }
        prediction.timestampMilliseconds = -5
        prediction.topK = [LabelScore(label: String(repeating: "é", count: 300), confidence: -0.0)]
        prediction.model.id = String(repeating: "m", count: 20_000)
        prediction.frame = FramePlace(session: "", sequence: 0, isWarming: false)
        let message = try prediction.encodeProtobuf()
        #expect(try message.withUnsafeBytes { try Prediction(protobuf: $0) } == prediction)
        let codes = (prediction.codes ?? []).flatMap { Wire.varint(UInt64(bitPattern: Int64($0))) }
        #expect(message.firstRange(of: Wire.field(8, codes)) != nil)
        #expect(
            message.firstRange(
                of: Wire.field(
                    12,
                    Wire.field(1, prediction.model.id)
                        + Wire.field(3, "sha256:9f86") + Wire.field(4, varint: 10424)
                        + Wire.field(5, varint: 10423))) != nil)
        let end = Wire.field(19, "") + Wire.field(20, varint: 0) + Wire.field(22, varint: 1)
        #expect(Array(message.suffix(end.count)) == end)
    }

    @Test("Predictions of frames are read as they were written")
    func predictions() throws {
        var prediction = FuzzTests.prediction
        for isWarming in [true, false] {
            prediction.frame = FramePlace(session: "watch é", sequence: 1842, isWarming: isWarming)
            var bytes: [UInt8] = []
            prediction.encodeJSON(into: &bytes)
            #expect(try bytes.withUnsafeBytes { try Prediction(json: $0) } == prediction)
            let message = try prediction.encodeProtobuf()
            var wanted = Wire.field(19, "watch é") + Wire.field(20, varint: 1842)
            if isWarming { wanted += Wire.field(21, varint: 1) }
            wanted += Wire.field(22, varint: 1)
            #expect(Array(message.suffix(wanted.count)) == wanted)
            #expect(try message.withUnsafeBytes { try Prediction(protobuf: $0) } == prediction)
        }
    }
}
