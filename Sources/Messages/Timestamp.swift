/// A moment in UTC by its calendar fields, to the millisecond, in the years 0 to 9999 of RFC 3339.
struct Timestamp {
    /// Milliseconds since 1970.
    let milliseconds: Int64
    let year: Int
    let month: Int
    let day: Int
    let hour: Int
    let minute: Int
    let second: Int
    let millisecond: Int

    private static let millisecondsADay: Int64 = 86_400_000
    /// 0000-01-01T00:00:00.000Z to 9999-12-31T23:59:59.999Z.
    private static let representable: ClosedRange<Int64> = -62_167_219_200_000...253_402_300_799_999

    /// The fields of a moment. Moments that RFC 3339 cannot write become the first or the last it can.
    init(milliseconds: Int64) {
        let moment = min(max(milliseconds, Self.representable.lowerBound), Self.representable.upperBound)
        self.milliseconds = moment
        let day = moment >= 0 ? moment / Self.millisecondsADay : (moment + 1) / Self.millisecondsADay - 1
        let rest = Int(moment - day * Self.millisecondsADay)
        hour = rest / 3_600_000
        minute = rest / 60_000 % 60
        second = rest / 1000 % 60
        millisecond = rest % 1000
        // Howard Hinnant's civil_from_days: eras of 400 years that begin on 1 March, so that the leap day is
        // the last of its year. https://howardhinnant.github.io/date_algorithms.html
        let shifted = Int(day) + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        self.day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    /// Reads `2026-10-05T07:08:09.123Z`; the fraction may be absent or longer (it is cut to milliseconds), the
    /// zone may be an offset. Nil for anything else.
    init?(_ text: String) {
        var units = Array(text.utf8)[...]
        func number(_ width: Int) -> Int? {
            guard units.count >= width else { return nil }
            var value = 0
            for unit in units.prefix(width) {
                guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(unit) else { return nil }
                value = value * 10 + Int(unit - UInt8(ascii: "0"))
            }
            units = units.dropFirst(width)
            return value
        }
        func take(_ wanted: String) -> Bool {
            guard let unit = units.first, wanted.utf8.contains(unit) else { return false }
            units = units.dropFirst()
            return true
        }
        guard let year = number(4), take("-"), let month = number(2), 1...12 ~= month, take("-"),
            let day = number(2), 1...31 ~= day, take("Tt"), let hour = number(2), hour < 24, take(":"),
            let minute = number(2), minute < 60, take(":"), let second = number(2), second < 60
        else { return nil }
        var fraction = 0
        if take(".") {
            let digits = units.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            guard !digits.isEmpty else { return nil }
            for place in 0..<3 {
                let digit = place < digits.count ? digits[digits.startIndex + place] - UInt8(ascii: "0") : 0
                fraction = fraction * 10 + Int(digit)
            }
            units = units.dropFirst(digits.count)
        }
        var zoneMinutes = 0
        if !take("Zz") {
            let isWest = units.first == UInt8(ascii: "-")
            guard take("+-"), let hours = number(2), hours < 24, take(":"), let minutes = number(2),
                minutes < 60
            else { return nil }
            zoneMinutes = (isWest ? -1 : 1) * (hours * 60 + minutes)
        }
        guard units.isEmpty else { return nil }
        // Howard Hinnant's days_from_civil.
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        let days = era * 146_097 + dayOfEra - 719_468
        let minutes = days * 1440 + hour * 60 + minute - zoneMinutes
        let moment = Int64(minutes) * 60_000 + Int64(second * 1000 + fraction)
        self.init(milliseconds: moment)
        // A day that the month does not have shows as another day; the zone is put back for the comparison.
        guard self.milliseconds == moment,
            Timestamp(milliseconds: moment + Int64(zoneMinutes) * 60_000).day == day
        else { return nil }
    }
}
