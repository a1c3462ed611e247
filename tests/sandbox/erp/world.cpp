#include "tests/sandbox/erp/world.h"

#include "tests/sandbox/erp/demo_data.h"

#include <algorithm>

namespace sandbox::erp {

World::World(std::string full_key)
    : databases{Database{1, "Demo2", 2026, false}, Database{2, "Shop2025", 2025, true},
                Database{3, "Shop2026", 2026, false}},
      keys{AccessKey{.key = std::move(full_key), .databases = {"Demo2", "Shop2025", "Shop2026"}},
           AccessKey{.key = "narrow-key", .databases = {"Demo2"}}} {
    reset();
}

void World::reset() {
    settings = {};
    log.clear();
    for (Database& database : databases) {
        database.clear();
        fill_with_demo_data(database);
    }
}

Database* World::database(std::string_view name) {
    const auto found = std::ranges::find(databases, name, &Database::name);
    return found == databases.end() ? nullptr : &*found;
}

const AccessKey* World::authorize(std::string_view authorization) const {
    constexpr std::string_view kScheme = "ApiKey ";
    if (!authorization.starts_with(kScheme)) return nullptr;
    const auto found = std::ranges::find(keys, authorization.substr(kScheme.size()), &AccessKey::key);
    return found == keys.end() ? nullptr : &*found;
}

Outcome<Database*> World::open(const AccessKey& key, std::string_view name) {
    Database* found = database(name);
    if (found == nullptr) {
        return std::unexpected(
            Failure{.code = ErrorCode::kNotFound, .field = Field::kDatabase, .message = "Baza ne postoji"});
    }
    if (std::ranges::find(key.databases, name) == key.databases.end()) {
        return std::unexpected(Failure{.code = ErrorCode::kDatabaseForbidden,
                                       .field = Field::kDatabase,
                                       .message = "Ključ nema pristup toj bazi"});
    }
    return found;
}

}  // namespace sandbox::erp
