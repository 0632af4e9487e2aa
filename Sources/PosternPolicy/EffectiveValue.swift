/// One value that holds for a group, and where it was written.
public struct EffectiveValue: Sendable, Equatable {
    /// The key, with a dot between levels: `expiry.maximum`.
    public let name: String
    /// The value as a policy file would write it.
    public let value: String
    /// The file it is written in; nil for what holds where nothing is written.
    public let file: String?
    /// The line, from 1.
    public let line: Int?
    /// The group it is inherited from; nil when written in the group itself, or nowhere.
    public let inheritedFrom: String?

    /// `policy.yaml:12`, with the group it comes from; `built in` where nothing is written.
    public var provenance: String {
        guard let file, let line else { return "built in" }
        return "\(file):\(line)" + (inheritedFrom.map { ", inherited from \($0)" } ?? "")
    }
}

extension EffectiveValue {
    /// A value of the policy as a whole, or what holds where it is not written.
    init<Value>(
        _ name: String, _ written: Located<Value>?, absent: String, text: (Value) -> String
    ) {
        self.init(
            name: name, value: written.map { text($0.value) } ?? absent, file: written?.place.file,
            line: written?.place.line, inheritedFrom: nil)
    }

    /// A value of a group, or what holds where neither it nor a group above it says one.
    init<Value>(
        _ name: String, _ setting: Setting<Value>?, of group: String, absent: String,
        text: (Value) -> String
    ) {
        self.init(
            name: name, value: setting.map { text($0.value) } ?? absent, file: setting?.place.file,
            line: setting?.place.line,
            inheritedFrom: setting.flatMap { $0.group == group ? nil : $0.group })
    }
}
