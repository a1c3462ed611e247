// Selects articles and stock rows for a list, and makes an article's picture. The caller holds the world's lock.
#pragma once

#include "tests/sandbox/erp/database.h"
#include "tests/sandbox/erp/pricing.h"

#include <string>
#include <vector>

namespace sandbox::erp {

struct ArticleFilter {
    int id = 0;         // 0: any
    int group = 0;      // 0: any; first or second group
    int unit = 0;       // 0: any; stock rows only
    std::string code{};
    Microseconds modified_since = 0;
};

std::vector<const Article*> select_articles(const Database& database, const ArticleFilter& filter);
// One row per article and unit, services left out.
std::vector<StockRow> select_stock(const Database& database, const ArticleFilter& filter);

inline constexpr int kFirstImage = 5501;
// A valid PNG whose bytes differ by article and by picture version, since clients compare content.
std::string image_bytes(const Article& article);
std::string image_file_name(const Article& article);
inline int image_id(const Article& article) { return kFirstImage + article.id - Database::kFirstArticle; }

}  // namespace sandbox::erp
