// The whole ERP installation: its databases, who may open them, the settings, the log of effects. `mutex` guards
// everything in it; a caller holds it for as long as it uses a pointer into a database.
#pragma once

#include "tests/sandbox/erp/database.h"
#include "tests/sandbox/erp/event_log.h"
#include "tests/sandbox/erp/model.h"

#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace sandbox::erp {

struct AccessKey {
    std::string key;
    std::vector<std::string> databases;
};

struct World {
    explicit World(std::string full_key);

    std::mutex mutex;
    std::vector<Database> databases;  // Demo2, Shop2025 (closed), Shop2026; never more, never fewer
    std::vector<AccessKey> keys;
    Settings settings;
    EventLog log;

    // Demo data, default settings, empty log.
    void reset();
    Database* database(std::string_view name);
    // The rights behind an Authorization header: only "ApiKey <key>" is one.
    const AccessKey* authorize(std::string_view authorization) const;
    // The database when this key may open it.
    Outcome<Database*> open(const AccessKey& key, std::string_view name);
    // Rows written after this instant are not seen by look-ups yet (setting lookup_lag_ms).
    Microseconds visible_until(Microseconds now) const { return now - Microseconds{settings.lookup_lag_ms} * 1000; }
};

}  // namespace sandbox::erp
