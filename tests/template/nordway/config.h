// Settings of one connection to Nordway.  A value; parsing does no I/O but reading the references to secrets.
#pragma once

#include <chrono>
#include <string>

#include "common/config/schema.h"
#include "common/core/secret.h"

namespace shopwire::nordway {

constexpr int kPageMax = 500;  // the system gives no more

struct Settings {
    std::string base_url = "https://api.nordway.example";
    Secret api_key{};
    std::string currency = "EUR";
    bool prices_include_tax = true;
    int page_size = kPageMax;
    std::chrono::milliseconds timeout{30'000};
};

const config::Schema<Settings>& settings_schema();

}  // namespace shopwire::nordway
