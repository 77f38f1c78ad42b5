import Foundation
import Telemetry

/// Metrics of this process, under the standard names of Prometheus client libraries, and of its build.
enum ProcessMetrics {
    static var families: [MetricFamily] {
        var build = MetricFamily(.gauge, "contextd_build_info", "Always 1; the label version is the version of contextd.")
        build.add(1, ["version": ContextdVersion.current])
        var families = [build]
        if let pages = fields("/proc/self/statm"), pages.count > 1 {
            let bytes = sysconf(Int32(_SC_PAGESIZE))
            families.append(MetricFamily(.gauge, "process_virtual_memory_bytes", "Virtual memory in bytes.", pages[0] * Double(bytes)))
            families.append(MetricFamily(.gauge, "process_resident_memory_bytes", "Resident memory in bytes.", pages[1] * Double(bytes)))
        }
        if let names = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd") {
            families.append(MetricFamily(.gauge, "process_open_fds", "Number of open file descriptors.", names.count))
        }
        var limit = rlimit()
        if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 {
            families.append(MetricFamily(.gauge, "process_max_fds", "Maximum number of open file descriptors.", Double(limit.rlim_cur)))
        }
        families.append(MetricFamily(.counter, "process_cpu_seconds_total", "Total user and system CPU time in seconds.", processorSeconds))
        if let start { families.append(MetricFamily(.gauge, "process_start_time_seconds", "Start time, in seconds since 1970.", start)) }
        return families
    }

    private static var processorSeconds: Double {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        let seconds = usage.ru_utime.tv_sec + usage.ru_stime.tv_sec
        return Double(seconds) + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6
    }

    /// Start time in seconds since 1970: ticks after the system's start (proc_pid_stat(5), field 22), which is in `/proc/stat`.
    private static let start: Double? = {
        // The second field is the program's name in parentheses, which may contain any character; field 22 is the 20th after it.
        guard let text = try? String(contentsOfFile: "/proc/self/stat", encoding: .utf8), let end = text.lastIndex(of: ")"),
            let ticks = text[end...].split(separator: " ").dropFirst(20).first.flatMap({ Double($0) }),
            let boot = try? String(contentsOfFile: "/proc/stat", encoding: .utf8).split(separator: "\n")
                .first(where: { $0.hasPrefix("btime ") })?.dropFirst(6)
        else { return nil }
        return Double(boot).map { $0 + ticks / Double(sysconf(Int32(_SC_CLK_TCK))) }
    }()

    private static func fields(_ path: String) -> [Double]? {
        (try? String(contentsOfFile: path, encoding: .utf8))?.split(separator: " ").compactMap { Double($0) }
    }
}
