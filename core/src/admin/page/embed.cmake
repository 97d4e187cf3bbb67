# Makes one HTML file of the page's parts and writes it as C++, with a Content-Security-Policy that allows its one style and
# its one script by their hashes and nothing else. usage: cmake -DSOURCE=folder -DSCRIPTS=a.js,b.js -DOUT=file.cpp -P embed.cmake

# The SHA-256 of a text in base64, as a policy wants it; CMake has it in hex.
function(hash_in_base64 text result)
  string(SHA256 hex "${text}")
  set(letters "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
  set(encoded "")
  foreach(at RANGE 0 57 6)  # 30 bytes, three at a time
    string(SUBSTRING "${hex}" ${at} 6 digits)
    foreach(shift 18 12 6 0)
      math(EXPR index "(0x${digits} >> ${shift}) & 63")
      string(SUBSTRING "${letters}" ${index} 1 letter)
      string(APPEND encoded "${letter}")
    endforeach()
  endforeach()
  string(SUBSTRING "${hex}" 60 4 digits)  # the last two
  foreach(shift 10 4 -2)
    if(shift LESS 0)
      math(EXPR index "(0x${digits} << 2) & 63")
    else()
      math(EXPR index "(0x${digits} >> ${shift}) & 63")
    endif()
    string(SUBSTRING "${letters}" ${index} 1 letter)
    string(APPEND encoded "${letter}")
  endforeach()
  set(${result} "${encoded}=" PARENT_SCOPE)
endfunction()

file(READ ${SOURCE}/page.html page)
file(READ ${SOURCE}/page.css style)
set(script "\n")
string(REPLACE "," ";" SCRIPTS "${SCRIPTS}")
foreach(name IN LISTS SCRIPTS)
  file(READ ${SOURCE}/${name} part)
  string(APPEND script "${part}")
endforeach()
foreach(mark "</script" "</style" ")page\"")
  string(FIND "${script}${style}" "${mark}" place)
  if(NOT place EQUAL -1)
    message(FATAL_ERROR "the page's parts may not have '${mark}'")
  endif()
endforeach()

hash_in_base64("${style}" style_hash)
hash_in_base64("${script}" script_hash)
string(REPLACE "@STYLE@" "${style}" page "${page}")
string(REPLACE "@SCRIPT@" "${script}" page "${page}")
file(WRITE ${OUT} "// Made by core/src/admin/page/embed.cmake.
#include \"admin/page/live_page.h\"

namespace netkit {

const std::string_view kLivePage = R\"page(${page})page\";

const std::string_view kLivePagePolicy =
    \"default-src 'none'; script-src 'sha256-${script_hash}'; style-src 'sha256-${style_hash}'; connect-src 'self'; \"
    \"img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'\";

}  // namespace netkit
")
