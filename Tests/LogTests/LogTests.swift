import Foundation
import Glibc
import Log
import Synchronization
import Testing

@Suite struct LogTests {
    static let time = Date(timeIntervalSince1970: 1_790_000_000.5)

    static func line(_ message: String, _ fields: LogField...) -> LogLine {
        LogLine(time: time, level: .warning, label: "weir", message: message, fields: fields)
    }

    @Test func writesTextAndJSON() throws {
        let line = Self.line("a \"b\"\\", .init("topic", "t 1"), .init("offset", 17))
        #expect(
            line.written(as: .text) == #"2026-09-21T14:13:20Z warning weir: a "b"\ topic=t 1 offset=17"#)
        #expect(
            line.written(as: .json)
                == #"{"time":"2026-09-21T14:13:20.500Z","level":"warning","label":"weir","message":"a \"b\"\\","topic":"t 1","offset":17}"#
        )
        var inContext = Self.line("m", .init("offset", 17))
        inContext.context = [.init("stream", "s")]
        inContext.repeats = 3
        #expect(inContext.written(as: .text).hasSuffix(": m (3 more) offset=17"))
        #expect(
            inContext.written(as: .json).hasSuffix(#""message":"m","repeats":3,"stream":"s","offset":17}"#))
    }

    /// A newline, an escape, a bell, a line separator, a mark of direction, a space without width, a C1 control.
    static let hostile = "a\nb\u{1b}[31mc\u{7}\u{2028}\u{202e}\u{200b}\u{9b}\t\r"

    @Test func noTextForgesALineOrMovesTheCursor() throws {
        for format in LogFormat.allCases {
            let text = Self.line(Self.hostile, .init("topic", Self.hostile)).written(as: format)
            for scalar in text.unicodeScalars {
                #expect(scalar.value >= 0x20 && !(0x7f...0x9f ~= scalar.value), "\(format)")
                #expect(![0x2028, 0x2029, 0x202e, 0x200b].contains(scalar.value))
            }
        }
        #expect(Self.line(Self.hostile).written(as: .text).contains(#"a\nb\u{1b}[31mc\u{7}"#))
        let json = Self.line(Self.hostile, .init("topic", Self.hostile)).written(as: .json)
        let object = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any]
        #expect(object?["message"] as? String == Self.hostile)
        #expect(object?["topic"] as? String == Self.hostile)
    }

    @Test(
        arguments: [
            String(repeating: "a", count: 100_000), String(repeating: "\u{1b}", count: 100_000),
            String(repeating: "😀", count: 50_000), String(repeating: "é\n", count: 50_000), "",
        ], LogFormat.allCases)
    func aLineHasALimit(message: String, format: LogFormat) throws {
        for fields in [[], [LogField("x", 1)], [LogField("x", message)]] {
            let line = LogLine(
                time: Self.time, level: .error, label: "weir", message: message, fields: fields)
            let text = line.written(as: format)
            #expect(text.utf8.count < LogLine.bytesMax)
            if format == .json { _ = try JSONSerialization.jsonObject(with: Data(text.utf8)) }
            #expect(text.contains(message.isEmpty ? "weir" : "…"))
        }
    }

    @Test func levelsBelowAreNotMade() {
        let keeper = LogKeeper()
        let logger = keeper.logger(level: .warning)
        var made = 0
        func message() -> String {
            made += 1
            return "m"
        }
        logger.debug(message())
        logger.info(message())
        logger.warning(message())
        logger.error(message())
        #expect(made == 2)
        #expect(keeper.lines.map(\.level) == [.warning, .error])
        Logger.silent.error("nobody hears this")
    }

    @Test func repeatsAreSaidOnceInTenSecondsWithTheirCount() {
        let clock = Mutex(0.0)
        let lines = Mutex<[LogLine]>([])
        let logger = Logger(
            label: "t", now: { Self.time.addingTimeInterval(clock.withLock { $0 }) },
            write: { line in lines.withLock { $0.append(line) } })
        func take() -> [String] {
            lines.withLock { lines in
                defer { lines = [] }
                return lines.map { "\($0.message) \($0.repeats)" }
            }
        }
        for offset in 0..<5 { logger.info("refused", [LogField("offset", offset)]) }
        logger.warning("refused")
        #expect(take() == ["refused 0", "refused 0"], "another level is another message")
        clock.withLock { $0 = 9.9 }
        logger.info("refused")
        #expect(take() == [])
        clock.withLock { $0 = 10 }
        logger.info("refused")
        #expect(take() == ["refused 5"])
        logger.info("refused")
        clock.withLock { $0 = 21 }
        logger.info("other")
        #expect(take() == ["again: refused 1", "other 0"], "what is not said again is told by the next line")
        logger.info("other")
        logger.flush()
        #expect(take() == ["again: other 1"])
        clock.withLock { $0 = -3_600 }
        logger.info("other")
        #expect(take() == ["other 0"], "a clock that was set back")
    }

    @Test func remembersABoundedNumberOfMessages() {
        let keeper = LogKeeper()
        let logger = keeper.logger()
        for number in 0..<2_000 { logger.info("message \(number)") }
        logger.info("message 1999")
        logger.info("message 0")
        #expect(keeper.lines.count == 2_001)
    }

    @Test func aPipeThatNobodyReadsHoldsNothingUp() throws {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        defer { close(ends[1]) }
        let log = StandardErrorLog(format: .text, descriptor: ends[1])
        for number in 0..<5_000 {
            log.write(Self.line("line \(number) " + String(repeating: ".", count: 50)))
        }
        func read() -> [Substring] {
            var text: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 1 << 16)
            var poll = pollfd(fd: ends[0], events: Int16(POLLIN), revents: 0)
            while Glibc.poll(&poll, 1, 0) > 0, poll.revents & Int16(POLLIN) != 0 {
                let count = Glibc.read(ends[0], &buffer, buffer.count)
                guard count > 0 else { break }
                text += buffer[..<count]
            }
            return String(decoding: text, as: UTF8.self).split(separator: "\n")
        }
        let first = read().filter { $0.contains("weir: line ") }
        #expect(first.count > 100 && first.count < 5_000)
        log.write(Self.line("after"))
        let rest = read()
        #expect(rest.count == 2)
        #expect(rest.first?.contains("\(5_000 - first.count) lines were not written") == true)
        #expect(rest.last?.hasSuffix("after") == true)
        close(ends[0])
        signal(SIGPIPE, SIG_IGN)
        log.write(Self.line("to nobody"))
    }
}
