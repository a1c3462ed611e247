#include "tests/sandbox/erp/listing.h"

#include "tests/sandbox/kit/encoding.h"

#include <array>

namespace sandbox::erp {
namespace {

// A change filter works on what clients see, which is cut to seconds.
bool changed_since(Microseconds modified, Microseconds since) { return modified / 1'000'000 >= since / 1'000'000; }

bool chosen(const Article& article, const ArticleFilter& filter) {
    return (filter.id == 0 || article.id == filter.id) && (filter.code.empty() || article.code == filter.code) &&
           (filter.group == 0 || article.group == filter.group || article.group2 == filter.group);
}

// PNG of one pixel: signature, IHDR, IDAT, IEND.
constexpr std::array<unsigned char, 67> kPixel{
    0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0x00, 0x00, 0x00, 0x0D, 0x49, 0x48, 0x44, 0x52, 0x00,
    0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x01, 0x08, 0x00, 0x00, 0x00, 0x00, 0x3A, 0x7E, 0x9B, 0x55, 0x00,
    0x00, 0x00, 0x0A, 0x49, 0x44, 0x41, 0x54, 0x78, 0x9C, 0x63, 0xF8, 0x0F, 0x00, 0x01, 0x01, 0x01, 0x00,
    0xB1, 0x38, 0xF6, 0x14, 0x00, 0x00, 0x00, 0x00, 0x49, 0x45, 0x4E, 0x44, 0xAE, 0x42, 0x60, 0x82};

}  // namespace

std::vector<const Article*> select_articles(const Database& database, const ArticleFilter& filter) {
    std::vector<const Article*> found;
    for (const Article& article : database.articles()) {
        if (chosen(article, filter) && changed_since(article.modified, filter.modified_since))
            found.push_back(&article);
    }
    return found;
}

std::vector<StockRow> select_stock(const Database& database, const ArticleFilter& filter) {
    std::vector<StockRow> found;
    for (const Article& article : database.articles()) {
        if (article.is_service() || !chosen(article, filter)) continue;
        for (int unit = 1; unit <= kUnitCount; ++unit) {
            const StockRow row{.article = &article, .unit = unit};
            if ((filter.unit == 0 || filter.unit == unit) &&
                changed_since(row.values().modified, filter.modified_since))
                found.push_back(row);
        }
    }
    return found;
}

std::string image_bytes(const Article& article) {
    std::string bytes(kPixel.begin(), kPixel.end());
    // Readers of PNG stop at IEND; the tail makes the content unique.
    return bytes + article.code + "#" + std::to_string(article.image_version);
}

std::string image_file_name(const Article& article) { return kit::lower(article.code) + ".png"; }

}  // namespace sandbox::erp
