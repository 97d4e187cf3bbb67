# How a plugin is built: for the plugins of this repository, and installed for those of others.

# netkit_add_plugin(NAME source... [LIBS library...] [OUTPUT_NAME name]): the target NAME, which makes NAME.so, or
# name.so, a plugin for the server that these headers are from.
function(netkit_add_plugin target)
  cmake_parse_arguments(PLUGIN "" "OUTPUT_NAME" "LIBS" ${ARGN})
  if(NOT PLUGIN_OUTPUT_NAME)
    set(PLUGIN_OUTPUT_NAME ${target})
  endif()
  add_library(${target} MODULE ${PLUGIN_UNPARSED_ARGUMENTS})
  target_link_libraries(${target} PRIVATE netkit::sdk ${PLUGIN_LIBS})
  # g++ would mark static data of inline functions as unique in the process, and the dynamic linker never unloads a
  # library that has such symbols: each replaced plugin would stay in memory. Other compilers make none.
  target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-fno-gnu-unique>)
  # The level of the language is one of the facts that the server compares, so a project's own does not count.
  set_target_properties(${target} PROPERTIES
    PREFIX "" SUFFIX ".so" OUTPUT_NAME ${PLUGIN_OUTPUT_NAME}
    CXX_STANDARD 20 CXX_STANDARD_REQUIRED ON
    CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
endfunction()
