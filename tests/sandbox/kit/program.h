// What every simulator's main() does alike: read flags, announce its ports, wait for SIGTERM. Called from main only.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "tests/sandbox/kit/certificate.h"

namespace sandbox::kit {

// "--name value", "--name=value" or "--name" alone.
class Flags {
 public:
    Flags(int argc, char** argv);
    std::string text(const std::string& name, const std::string& fallback);
    std::int64_t number(const std::string& name, std::int64_t fallback);
    bool on(const std::string& name);
    // A message on the first flag that nobody asked for or whose number could not be read; ask after all were read.
    std::optional<std::string> problem() const;

 private:
    std::map<std::string, std::string> values_;
    std::optional<std::string> problem_;
};

struct Ports {
    int http = -1;
    int https = -1;
    int control = -1;
};

// Makes a certificate for localhost and `host` (may be empty) and writes it, without its key, to `certificate_file`, so
// that a client can trust it. None when that failed.
std::optional<Certificate> write_certificate(const std::string& certificate_file, const std::string& host);

// Prints {"http":..,"https":..,"control":..} on one line and writes it to `ready_file` (by rename) when that is not
// empty.
bool announce(const Ports& ports, const std::string& ready_file);

// Call first in main, before any thread starts: blocks SIGTERM and SIGINT for all threads, ignores SIGPIPE.
void hold_signals();
// Returns when SIGTERM or SIGINT comes.
void wait_for_stop();

}  // namespace sandbox::kit
