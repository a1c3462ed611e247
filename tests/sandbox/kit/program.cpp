#include "tests/sandbox/kit/program.h"

#include <charconv>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <iostream>

namespace sandbox::kit {

Flags::Flags(int argc, char** argv) {
    for (int i = 1; i < argc; ++i) {
        const std::string word = argv[i];
        const auto equals = word.find('=');
        if (!word.starts_with("--")) {
            problem_ = "reading flags: " + word + " is not a flag";
        } else if (equals != std::string::npos) {
            values_[word.substr(0, equals)] = word.substr(equals + 1);
        } else if (i + 1 < argc && !std::string_view(argv[i + 1]).starts_with("--")) {
            values_[word] = argv[++i];
        } else {
            values_[word] = "true";
        }
    }
}

std::string Flags::text(const std::string& name, const std::string& fallback) {
    const auto found = values_.extract(name);
    return found.empty() ? fallback : found.mapped();
}

std::int64_t Flags::number(const std::string& name, std::int64_t fallback) {
    const auto found = values_.extract(name);
    if (found.empty()) return fallback;
    std::int64_t value = 0;
    const auto& text = found.mapped();
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size())
        problem_ = "reading flags: " + name + " is not a number";
    return value;
}

bool Flags::on(const std::string& name) {
    const auto found = values_.extract(name);
    return !found.empty() && found.mapped() != "false" && found.mapped() != "no";
}

std::optional<std::string> Flags::problem() const {
    if (problem_ || values_.empty()) return problem_;
    return "reading flags: " + values_.begin()->first + " is not known";
}

std::optional<Certificate> write_certificate(const std::string& certificate_file, const std::string& host) {
    auto certificate = make_certificate(host);
    if (!certificate) return std::nullopt;
    std::ofstream out(certificate_file, std::ios::trunc);
    out << certificate->certificate_pem << std::flush;
    if (!out) return std::nullopt;
    return certificate;
}

bool announce(const Ports& ports, const std::string& ready_file) {
    const auto field = [](int port) { return port < 0 ? std::string("null") : std::to_string(port); };
    const std::string line = "{\"http\":" + field(ports.http) + ",\"https\":" + field(ports.https) +
                             ",\"control\":" + field(ports.control) + "}";
    std::cout << line << std::endl;
    if (ready_file.empty()) return true;
    const std::string draft = ready_file + ".new";
    {
        std::ofstream out(draft, std::ios::trunc);
        out << line << '\n' << std::flush;
        if (!out) return false;
    }
    return std::rename(draft.c_str(), ready_file.c_str()) == 0;
}

namespace {

sigset_t stop_signals() {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    return set;
}

}  // namespace

void hold_signals() {
    const auto set = stop_signals();
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
}

void wait_for_stop() {
    const auto set = stop_signals();
    int received = 0;
    sigwait(&set, &received);
}

}  // namespace sandbox::kit
